"""DifferentiationInterface: a gradient by an array of three dimensions"""

import numpy as np
from numba import njit


@njit
def f(A):
    s = 0.0
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            for k in range(A.shape[2]):
                s += A[i, j, k] * A[0, j, k] * (i + 1)
    return s


args = (np.arange(8.0).reshape(2, 2, 2) / 4,)
