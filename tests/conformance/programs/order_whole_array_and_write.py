"""order of evaluation: y * c + shift(y): the product is made before the call"""

import numpy as np
from numba import njit


@njit
def shift(y):
    y += 1.0
    return y[0]


@njit
def f(x):
    y = x.copy()
    z = y * 2.0 + shift(y)
    return np.sum(z * y)


# z = 2x + x0 + 1, y = x + 1
args = (np.array([1.0, 2.0]),)
want = np.array([2 * 2 + 4.0 + 2.0 + 3.0, 2 * 3.0 + 6.0])
