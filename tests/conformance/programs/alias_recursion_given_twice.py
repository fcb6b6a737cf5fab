"""aliasing: a recursive function that writes into one of two parts of an array"""

import numpy as np
from numba import njit


@njit
def scaled(u, v, n):
    if n == 0:
        return 0.0
    for i in range(u.size):
        u[i] = v[i] * u[i]
    return u[0] + scaled(u, v, n - 1)


@njit
def f(x):
    y = x.copy()
    s = scaled(y[1:], y[:-1], 2) + scaled(y, y, 1)
    return np.sum(y * y * x) + s


args = (np.array([0.7, -1.3, 1.1, 0.4]),)
