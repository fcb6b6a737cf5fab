"""order of evaluation: a bound of a loop is a call that writes"""

import numpy as np
from numba import njit


@njit
def bound(y):
    y[0] *= 2.0
    return 3


@njit
def f(x):
    y = x.copy()
    s = y[0]
    for i in range(bound(y)):
        s += y[0] * (i + 1)
    return s * s


# s = x + 12 x
args = (np.array([2.0]),)
want = np.array([2 * 169.0 * 2.0])
