"""order of evaluation: y[1:].copy() is read before the call"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[1] = y[1] * 10.0
    return 2.0


@njit
def f(x):
    y = x.copy()
    z = y[1:].copy() * bump(y)
    return np.sum(z) + y[1]


args = (np.array([1.0, 2.0, 3.0]),)
want = np.array([0.0, 12.0, 2.0])
