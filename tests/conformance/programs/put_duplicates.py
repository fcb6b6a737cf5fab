"""pytorch#473, #146299: y[idx] = v with repeated indices: the last write alone counts"""

import numpy as np
from numba import njit


@njit
def f(v, idx):
    y = np.zeros(3)
    y[idx] = v
    return np.sum(y * y)


args = (np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 2, 0]))
want = np.array([0.0, 0.0, 6.0, 8.0])
