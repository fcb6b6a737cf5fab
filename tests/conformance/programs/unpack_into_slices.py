"""unpacking: rows and slices as targets of a tuple, and parts of one array that change places"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * x
    y[:2], y[2:] = y[2:], y[:2]
    s, y[1:3] = x[0], 3.0 * x[1]
    a = np.outer(x, x * x)
    a[0], a[1] = a[1], a[0]
    b = np.empty((2, 2))
    b[0], b[1] = x[:2], x[2:]
    b[:, 0], b[:, 1] = b[:, 1], b[:, 0]
    return np.sum(y * y * x) * s + np.sum(a * a * x) + np.sum(b * b * x[:2])


args = (np.array([0.7, -1.3, 2.1, 0.45]),)
