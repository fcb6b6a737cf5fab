"""order of evaluation: np.dot(y, made(y)), where made writes y and makes another"""

import numpy as np
from numba import njit


@njit
def made(y):
    r = y * y
    y[0] = 0.0
    return r


@njit
def f(x):
    y = x.copy()
    return np.dot(y, made(y))


# y = (0, x1), r = x^2
args = (np.array([2.0, 3.0]),)
want = np.array([0.0, 27.0])
