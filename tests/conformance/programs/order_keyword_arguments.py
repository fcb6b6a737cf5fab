"""order of evaluation: keyword arguments in the order they are written"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] *= 2.0
    return y[0]


@njit
def g(a, b):
    return a - b * b


@njit
def f(x):
    y = x.copy()
    return g(b=y[0], a=bump(y))


# b = x, a = 2x
args = (np.array([3.0]),)
want = np.array([2.0 - 6.0])
