"""aliases: np.ascontiguousarray(A.T) is a copy"""

import numpy as np
from numba import njit


@njit
def f(A):
    B = A * 1.0
    C = np.ascontiguousarray(B.T)
    C[0, 1] = C[1, 1] * C[0, 0]
    return B[1, 0] * C[0, 1]


args = (np.array([[2.0, 0.0], [5.0, 3.0]]),)
want = np.array([[15.0, 0.0], [6.0, 10.0]])
