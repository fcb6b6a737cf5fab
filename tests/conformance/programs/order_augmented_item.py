"""order of evaluation: y[0] += bump(y) reads y[0] before the call"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] = 10.0 * y[0]
    return y[1]


@njit
def f(x):
    y = x.copy()
    y[0] += bump(y)
    return y[0] * y[0]


args = (np.array([2.0, 3.0]),)
want = np.array([10.0, 10.0])
