"""names: the caller and two helpers use the same locals s, i, y"""

import numpy as np
from numba import njit


@njit
def inner(y):
    s = 1.0
    for i in range(y.size):
        s *= y[i]
    return s


@njit
def middle(y, s):
    i = inner(y) * s
    y[0] = i
    return i + s


@njit
def f(y):
    s = y[0]
    x = y.copy()
    for i in range(2):
        s = s + middle(x, s)
        x[1] = s
    return s


args = (np.array([0.5, 0.8]),)
