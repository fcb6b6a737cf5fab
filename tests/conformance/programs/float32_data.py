"""float32: float32 data with a float64 parameter"""

import numpy as np
from numba import njit


@njit
def f(p, data):
    s = 0.0
    for i in range(data.shape[0]):
        s += (p[0] * data[i, 0] - data[i, 1]) ** 2
    return s


args = (np.array([2.0]), np.array([[1.0, 1.0], [2.0, 0.5]], np.float32))
want = np.array([2 * 1.0 + 2 * 2 * 3.5])
