"""the disk cache, numba#10486: functions of one name, cached by two processes, used by a third"""

from processes import Workplace

MODULE = """import math
from numba import njit

@njit
def loss(x):
    return {}
"""
CALL = """from fastad import grad
import {0}
print(*[grad(m.loss, mode={1!r})(2.0) for m in ({0},)])
"""


def custom(mode):
    right = {"moda": "4.0", "modb": "12.0", "moda, modb": "4.0 12.0", "modb, moda": "12.0 4.0"}
    with Workplace() as place:
        place.write("moda", MODULE.format("x * x"))
        place.write("modb", MODULE.format("x * x * x"))
        for names, numbers in right.items():
            found = place.run(CALL.format(names, mode))
            yield names, found == numbers, found
