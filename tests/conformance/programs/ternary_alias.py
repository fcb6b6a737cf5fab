"""y = a if flag else b, then y written in place"""

import numpy as np
from numba import njit


@njit
def f(x, flag):
    a = x * 2.0
    b = x * 3.0
    y = a if flag else b
    y[0] = y[1] * y[1]
    return a[0] + 10.0 * b[0]


_x = np.array([1.0, 2.0])
points = [
    ((_x, True), np.array([30.0, 2 * 4 * 2.0])),
    ((_x, False), np.array([2.0, 10 * 9 * 2 * 2.0])),
]
all_njit = True
