"""order of evaluation: bump(y) + y[0] reads after the write"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] = y[0] * y[0]
    return y[1]


@njit
def f(x):
    y = x.copy()
    return bump(y) + y[0] * x[1]


args = (np.array([2.0, 3.0]),)
want = np.array([12.0, 5.0])
