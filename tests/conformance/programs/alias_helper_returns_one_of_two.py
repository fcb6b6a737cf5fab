"""aliases: a helper that returns one of two arrays by a flag"""

import numpy as np
from numba import njit


@njit
def pick(a, b, first):
    if first:
        return a
    return b


@njit
def f(x, first):
    a = x * 1.0
    b = x * 2.0
    c = pick(a, b, first)
    c[0] = c[1] * c[1]
    return a[0] + 10.0 * b[0]


_x = np.array([1.0, 2.0])
points = [((_x, True), np.array([20.0, 4.0])), ((_x, False), np.array([1.0, 10 * 8 * 2.0]))]
