"""raises: an index beyond the end, with boundscheck"""

import numpy as np
from numba import njit


@njit(boundscheck=True)
def f(x, n):
    s = 0.0
    for i in range(n):
        s += x[i] ** 2
    return s


args = (np.array([1.0, 2.0]), 3)
raises = IndexError
