"""order of evaluation: items of a tuple, left to right"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] *= 3.0
    return y[0]


@njit
def f(x):
    y = x.copy()
    t = (y[0], bump(y), y[0])
    return t[0] * t[1] + t[2] * t[2]


# 3 x^2 + 9 x^2
args = (np.array([2.0]),)
want = np.array([48.0])
