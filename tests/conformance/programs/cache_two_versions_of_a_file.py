"""the disk cache: a module edited between two processes, its helper too"""

from processes import Workplace

HELPER = """from numba import njit

@njit
def low(x):
    return {}
"""
MODULE = """from helper import low
from numba import njit

@njit
def loss(x):
    return low(x) * {}
"""
CALL = """import moda
from fastad import grad
print(grad(moda.loss, mode={!r})(2.0))
"""
VERSIONS = (
    ("x * x", "1.0", "4.0"),
    ("x * x", "3.0", "12.0"),
    ("x * x * x", "3.0", "36.0"),
    ("x * x", "1.0", "4.0"),
)


def custom(mode):
    with Workplace() as place:
        for low, factor, right in VERSIONS:
            place.write("helper", HELPER.format(low))
            place.write("moda", MODULE.format(factor))
            found = place.run(CALL.format(mode))
            yield f"{low} times {factor}", found == right, found
