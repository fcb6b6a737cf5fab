"""aliases: a loop that shifts in place, which is no copy"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    for i in range(1, y.size):
        y[i] = y[i - 1] * 0.5 + y[i] * y[i]
    a = y[:3]
    b = y[1:4]
    for i in range(3):
        b[i] += a[i] * a[0]
    return np.sum(y)


args = (np.array([0.5, 1.0, 2.0, -1.0]),)
