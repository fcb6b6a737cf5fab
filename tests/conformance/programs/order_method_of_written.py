"""order of evaluation: y.sum() * fill(y)"""

import numpy as np
from numba import njit


@njit
def fill(y):
    y[:] = 1.0
    return y[0]


@njit
def f(x):
    y = x * 2.0
    return y.sum() * fill(y) + y.max()


args = (np.array([1.0, 2.0]),)
want = np.array([2.0, 2.0])
