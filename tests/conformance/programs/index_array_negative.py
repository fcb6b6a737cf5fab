"""index array with negative entries, indices computed from data"""

import numpy as np
from numba import njit


@njit
def f(x, idx):
    s = 0.0
    for k in range(idx.size):
        i = idx[k]
        s += x[i] ** 2 * (k + 1)
    return s


args = (np.array([1.0, 2.0, 3.0]), np.array([-1, 0, -3, 2]))
want = np.array([2 * (2 + 3) * 1.0, 0.0, 2 * 3 * (1 + 4.0)])
