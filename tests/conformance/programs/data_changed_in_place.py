"""an argument not differentiated is changed in place; more variables than one forward pass takes"""

import numpy as np
from numba import njit


@njit
def weight(a, b):
    return a * b


@njit
def f(x, y, pair):
    for i in range(y.size):
        y[i] += 1.0
    s = 0.0
    for i in range(x.size):
        s += x[i] * y[i]
    return s * weight(*pair)


args = (np.ones(12), np.zeros(12), (1.0, 1.0))
want = np.ones(12)
