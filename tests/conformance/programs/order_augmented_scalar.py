"""order of evaluation: s += g(y) * s"""

import numpy as np
from numba import njit


@njit
def g(y):
    y[0] += 1.0
    return y[0]


@njit
def f(x):
    y = x.copy()
    s = x[0]
    s += g(y) * s
    s *= g(y)
    return s


# (x + (x+1) x) (x+2) = (x^2 + 2x)(x+2) = x (x+2)^2
args = (np.array([1.0]),)
want = np.array([9.0 + 6.0])
