"""aliases: a helper that returns its argument, which is written through the result"""

import numpy as np
from numba import njit


@njit
def same(y):
    y[0] *= 2.0
    return y


@njit
def f(x):
    y = x.copy()
    z = same(y)
    z[1] = z[0] * y[0]
    return y[1] + y[0]


# 4 x0^2 + 2 x0
args = (np.array([3.0, 1.0]),)
want = np.array([26.0, 0.0])
