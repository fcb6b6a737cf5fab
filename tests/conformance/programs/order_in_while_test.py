"""order of evaluation: the test of a while writes"""

import numpy as np
from numba import njit


@njit
def less(y):
    y[0] *= 0.5
    return y[0] > 1.0


@njit
def f(x):
    y = x.copy()
    s = 0.0
    while less(y):
        s += y[0] * y[0]
    return s + y[0]


# 6 -> 3, 1.5, 0.75
args = (np.array([6.0]),)
want = np.array([2 * 6.0 * (0.25 + 0.0625) + 0.125])
