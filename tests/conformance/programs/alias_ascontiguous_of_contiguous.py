"""aliases: np.ascontiguousarray of a contiguous array is the array"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * 2.0
    z = np.ascontiguousarray(y)
    z *= 3.0
    return y[0] * y[1]


args = (np.array([1.0, 2.0]),)
want = np.array([72.0, 36.0])
