"""raises: a division by an argument that is not differentiated"""

import numpy as np
from numba import njit


@njit
def f(x, n):
    s = 0.0
    for i in range(x.size):
        s += x[i] / n
    return s


args = (np.array([1.0, 2.0]), 0)
raises = ZeroDivisionError
smooth = False
