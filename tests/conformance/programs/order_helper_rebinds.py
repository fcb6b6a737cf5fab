"""order of evaluation: a helper that writes one array and reads another view of it"""

import numpy as np
from numba import njit


@njit
def push(v, w):
    v[0] = w[1] * 2.0
    return w[0]


@njit
def f(x):
    y = x.copy()
    return y[0] * push(y, y) + y[0]


# x0 * (2 x1) + 2 x1
args = (np.array([2.0, 3.0]),)
want = np.array([6.0, 4.0 + 2.0])
