"""y is x's view in one branch and a copy in the other, then written"""

import numpy as np
from numba import njit


@njit
def f(x, flag):
    y = x * 1.0
    if flag:
        v = y[1:]
    else:
        v = y[1:].copy()
    v[0] = v[1] * v[1]
    return y[1] + 2.0 * v[0]


_x = np.array([1.0, 2.0, 3.0])
points = [((_x, True), np.array([0.0, 0.0, 3 * 6.0])), ((_x, False), np.array([0.0, 1.0, 12.0]))]
all_njit = True
