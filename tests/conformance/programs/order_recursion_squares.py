"""order of evaluation: y[0] * rec(y, n - 1) with a write after the call"""

import numpy as np
from numba import njit


@njit
def rec(y, n):
    if n == 0:
        return y[0]
    r = y[0] * rec(y, n - 1)
    y[0] = y[0] * 0.5 + r
    return r


@njit
def f(x):
    y = x.copy()
    return rec(y, 2) + y[0]


args = (np.array([0.7, 1.0]),)
