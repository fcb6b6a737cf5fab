"""order of evaluation: two calls that both write, subtracted"""

import numpy as np
from numba import njit


@njit
def bump(y, c):
    y[0] = y[0] * c
    return y[0] * y[1]


@njit
def f(x):
    y = x.copy()
    return bump(y, 2.0) - bump(y, 3.0) * y[0]


args = (np.array([2.0, 3.0]),)
want = np.array([6.0 - 36.0 * 2 * 3.0 * 2, 4.0 - 36.0 * 4.0])
