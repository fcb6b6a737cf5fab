"""order of evaluation: a call in the argument of a call, both write"""

import numpy as np
from numba import njit


@njit
def scale(y, c):
    y[0] *= c
    return y[0]


@njit
def f(x):
    y = x.copy()
    return scale(y, scale(y, 2.0)) + y[0]


# inner: 2x, then y = 4 x^2; result 8 x^2
args = (np.array([3.0]),)
want = np.array([48.0])
