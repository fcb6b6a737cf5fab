"""an in-place butterfly (Walsh transform) over strides that double"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    h = 1
    while h < y.size:
        for i in range(0, y.size, 2 * h):
            for j in range(i, i + h):
                a = y[j]
                b = y[j + h]
                y[j] = a + b * b
                y[j + h] = a - b
        h *= 2
    return np.sum(y * y)


args = (np.array([0.5, -0.3, 0.7, 1.3]),)
