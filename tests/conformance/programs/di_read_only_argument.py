"""DifferentiationInterface: read-only arrays are taken"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x):
    return np.sum(x * x)


_x = np.array([1.0, 2.0])
_x.flags.writeable = False


def custom(mode):
    r = grad(f, mode=mode)(_x)
    yield "read-only", np.allclose(r, [2.0, 4.0]), r
