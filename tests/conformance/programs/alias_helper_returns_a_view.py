"""aliases: a helper that returns a part of its argument, which is written"""

import numpy as np
from numba import njit


@njit
def tail(y):
    return y[1:]


@njit
def f(x):
    y = x.copy()
    z = tail(y)
    z[0] = y[0] * y[2]
    w = tail(z)
    w[0] = z[0] * 2.0
    return y[1] * y[2]


# 2 (x0 x2)^2
args = (np.array([2.0, 1.0, 3.0]),)
want = np.array([4 * 2 * 9.0, 0.0, 4 * 4 * 3.0])
