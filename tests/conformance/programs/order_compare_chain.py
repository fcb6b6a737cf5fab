"""order of evaluation: a comparison whose right side writes"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] = y[0] - 5.0
    return 1.0


@njit
def f(x):
    y = x.copy()
    if y[0] > bump(y):
        return y[0] * y[0]
    return x[0]


# 3 > 1, then (x - 5)^2
args = (np.array([3.0]),)
want = np.array([-4.0])
