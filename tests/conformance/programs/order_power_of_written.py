"""order of evaluation: y[0] ** bump(y)"""

import math

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] = 1.5
    return y[1]


@njit
def f(x):
    y = x.copy()
    return y[0] ** bump(y)


args = (np.array([2.0, 3.0]),)
want = np.array([12.0, 8.0 * math.log(2.0)])
