"""order of evaluation: several results, one of which is a call that writes another"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] = y[0] * y[0]
    return y[1]


@njit
def pair(y):
    return y[0], bump(y), y[0]


@njit
def f(x):
    a, b, c = pair(x.copy())
    return a * b * c


args = (np.array([2.0, 3.0]),)
# x^3 y
want = np.array([36.0, 8.0])
