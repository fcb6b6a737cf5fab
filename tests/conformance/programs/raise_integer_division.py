"""raises: an integer division by zero on the way"""

import numpy as np
from numba import njit


@njit
def f(x, n):
    k = 7 // n
    return x[k] * x[k]


args = (np.array([1.0, 2.0]), 0)
raises = ZeroDivisionError
