"""scatter add with repeated indices by a loop, then a function"""

import numpy as np
from numba import njit


@njit
def f(x, idx, n):
    h = np.zeros(n)
    for i in range(x.size):
        h[idx[i]] += x[i]
    s = 0.0
    for k in range(n):
        s += h[k] ** 2
    return s


args = (np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 1, 0, 1]), 3)
want = np.array([8.0, 12.0, 8.0, 12.0])
