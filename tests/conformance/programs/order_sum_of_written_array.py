"""order of evaluation: np.sum(y) before and after a call that writes"""

import numpy as np
from numba import njit


@njit
def double(y):
    for i in range(y.size):
        y[i] *= 2.0
    return 1.0


@njit
def f(x):
    y = x.copy()
    return np.sum(y) * double(y) * np.sum(y * y)


args = (np.array([1.0, 2.0]),)
# s * 4 q with s = 3, q = 5
want = np.array([4 * 5.0 + 3 * 8.0, 4 * 5.0 + 3 * 16.0])
