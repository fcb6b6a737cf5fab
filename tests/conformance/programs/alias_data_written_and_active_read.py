"""aliases: the same array as data that is changed in place and as argument: each has its own"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x, y):
    s = 0.0
    for i in range(x.size):
        s += x[i] * x[i] * y[i]
    return s


def custom(mode):
    g = grad(f, (0, 1), mode=mode)
    base = np.array([2.0, 3.0, 4.0])
    r = g(base[:2], base[1:])
    yield "x", np.allclose(r[0], [12.0, 24.0]), r[0]
    yield "y", np.allclose(r[1], [4.0, 9.0]), r[1]
