"""Mooncake#1298: an active argument and a data argument that share memory"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x, pair):
    s = 0.0
    for i in range(x.size):
        s += x[i] * pair[0][i]
    return s


def custom(mode):
    x = np.array([1.0, 2.0, 3.0])
    r = grad(f, mode=mode)(x, (x, 1))  # pair is data: d = pair[0] = x
    yield mode + " read", np.allclose(r, x), r
