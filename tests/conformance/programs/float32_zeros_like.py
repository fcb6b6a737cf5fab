"""float32: np.zeros_like of a float32 argument, filled"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = np.zeros_like(x)
    for i in range(x.size):
        y[i] = x[i] * x[0]
    return np.sum(y * y)


args = (np.array([1.0, 2.0], np.float32),)
# x0^2 (x0^2 + x1^2)
want = np.array([2 * 5.0 + 2.0, 4.0])
