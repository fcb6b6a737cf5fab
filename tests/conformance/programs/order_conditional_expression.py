"""order of evaluation: a conditional expression runs its test first"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] *= 2.0
    return y[0] > 1.0


@njit
def f(x):
    y = x.copy()
    return y[0] * 3.0 if bump(y) else y[0]


args = (np.array([2.0]),)
want = np.array([6.0])
