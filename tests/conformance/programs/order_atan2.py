"""order of evaluation: atan2(y[0], bump(y))"""

import math

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] = y[0] + 5.0
    return y[1]


@njit
def f(x):
    y = x.copy()
    return math.atan2(y[0], bump(y))


args = (np.array([1.0, 2.0]),)
want = np.array([2.0 / 5.0, -1.0 / 5.0])
