"""order of evaluation: a, b = y[0], bump(y)"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] = y[0] * y[1]
    return y[0]


@njit
def f(x):
    y = x.copy()
    a, b = y[0], bump(y)
    return a * a + b


args = (np.array([2.0, 3.0]),)
want = np.array([4.0 + 3.0, 2.0])
