"""order of evaluation: max(y[0], bump(y))"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] = 0.0
    return y[1]


@njit
def f(x):
    y = x.copy()
    return max(y[0], bump(y)) * x[1] + y[0]


args = (np.array([4.0, 3.0]),)
want = np.array([3.0, 4.0])
