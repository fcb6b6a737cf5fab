"""aliases: parts by np.split are views, written"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * 1.0
    a, b = y[:2], y[2:]
    a[:] = b * b
    b[0] = a[1]
    return y[0] * y[2] + y[3]


# a = (x2^2, x3^2), b0 = x3^2
args = (np.array([1.0, 2.0, 3.0, 5.0]),)
want = np.array([0.0, 0.0, 2 * 3 * 25.0, 9 * 10.0 + 1.0])
