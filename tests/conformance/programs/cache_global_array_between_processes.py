"""the disk cache: a global array and a number that differ between two processes"""

from processes import Workplace

MODULE = """import numpy as np
from numba import njit

W = np.array({})
K = {}

@njit
def loss(x):
    return K * np.sum(W * x * x)
"""
CALL = """import moda
import numpy as np
from fastad import grad
print(*grad(moda.loss, mode={!r})(np.ones(2)))
"""
VERSIONS = (
    ("[1.0, 2.0]", 1.0, "2.0 4.0"),
    ("[1.0, 3.0]", 1.0, "2.0 6.0"),
    ("[1.0, 3.0]", 2.0, "4.0 12.0"),
)


def custom(mode):
    with Workplace() as place:
        for w, k, right in VERSIONS:
            place.write("moda", MODULE.format(w, k))
            found = place.run(CALL.format(mode))
            yield f"{w} {k}", found == right, found
