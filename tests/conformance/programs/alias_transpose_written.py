"""aliases: a transpose written in place, row by row"""

import numpy as np
from numba import njit


@njit
def f(A):
    B = A.copy()
    C = B.T
    for i in range(C.shape[0]):
        C[i] *= C[0, 1] + i
    return np.sum(B * B)


args = (np.array([[2.0, 3.0], [0.5, 0.7]]),)
