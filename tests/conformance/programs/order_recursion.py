"""order of evaluation: y[0] + rec(y, n - 1), where rec writes y[0]"""

import numpy as np
from numba import njit


@njit
def rec(y, n):
    if n == 0:
        return 0.0
    y[0] *= 2.0
    return y[0] + rec(y, n - 1)


@njit
def f(x):
    y = x.copy()
    return y[0] + rec(y, 2)


args = (np.array([3.0]),)
want = np.array([1.0 + 2.0 + 4.0])
