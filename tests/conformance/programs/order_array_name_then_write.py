"""order of evaluation: the name of an array is no copy: y + shift(y) adds the written one"""

import numpy as np
from numba import njit


@njit
def shift(y):
    y *= 3.0
    return y[0]


@njit
def f(x):
    y = x.copy()
    z = y + shift(y)
    return np.sum(z * z)


# z = 3x + 3x0
args = (np.array([1.0, 2.0]),)
want = np.array([2 * 6.0 * 6 + 2 * 9.0 * 3, 2 * 9.0 * 3])
