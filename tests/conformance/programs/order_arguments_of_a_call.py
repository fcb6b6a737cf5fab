"""order of evaluation: a helper's arguments, the second of which changes what the first read"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] += 1.0
    return y[0]


@njit
def mul(a, b, c):
    return a * b * b + c


@njit
def f(x):
    y = x.copy()
    return mul(y[0], bump(y), y[0])


# x (x + 1)^2 + x + 1
args = (np.array([2.0]),)
want = np.array([9.0 + 12.0 + 1.0])
