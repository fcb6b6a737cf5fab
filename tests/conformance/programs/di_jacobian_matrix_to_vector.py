"""DifferentiationInterface: Jacobian, matrix to vector"""

import numpy as np
from numba import njit


@njit
def f(A):
    out = np.zeros(A.shape[0])
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            out[i] += A[i, j] * A[0, j]
    return out


kind = "jacobian"
args = (np.array([[0.5, 1.0, 2.0], [1.0, -1.0, 0.3]]),)
