"""special points: np.sort weighs the smallest most, no ties"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = np.sort(x)
    s = 0.0
    for i in range(y.size):
        s += y[i] * y[i] * (i + 1)
    return s


args = (np.array([3.0, 1.0, 2.0]),)
want = np.array([18.0, 2.0, 8.0])
