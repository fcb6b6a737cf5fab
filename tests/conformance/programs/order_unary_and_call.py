"""order of evaluation: -y[0] + bump(y), abs(y[0]) * bump(y)"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] = y[0] - 4.0
    return y[0]


@njit
def f(x):
    y = x.copy()
    a = -y[0] + bump(y)
    b = abs(y[0]) * bump(y)
    return a + b


# a = -4; y = x - 4; b = |x - 4| (x - 8)
args = (np.array([1.0]),)
want = np.array([-(1.0 - 8.0) + 3.0])
