"""order of evaluation: and, or call a writing helper only where needed"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] *= 2.0
    return True


@njit
def f(x):
    y = x.copy()
    if x[0] > 0.0 or bump(y):
        s = y[0]
    else:
        s = 0.0
    if x[0] > 0.0 and bump(y):
        s += y[0] * y[0]
    return s


args = (np.array([3.0]),)
want = np.array([1.0 + 8.0 * 3.0])
