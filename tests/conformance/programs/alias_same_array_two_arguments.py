"""aliases: one array given to a helper as both of its arguments, one written"""

import numpy as np
from numba import njit


@njit
def axpy(a, v, w):
    for i in range(v.size):
        w[i] += a * v[i]
    return w[0]


@njit
def f(x):
    y = x.copy()
    s = axpy(x[0], y, y)
    return s * y[1]


# y = x (1 + x0)
args = (np.array([2.0, 3.0]),)
# x0 x1 (1 + x0)^2
want = np.array([3 * 9.0 + 6.0 * 2 * 3.0, 2 * 9.0])
