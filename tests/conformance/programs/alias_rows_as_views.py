"""aliases: rows bound in a loop are views: row = A[i]; row[...] writes A"""

import numpy as np
from numba import njit


@njit
def f(A):
    B = A.copy()
    for i in range(B.shape[0] - 1):
        row = B[i]
        below = B[i + 1]
        below[0] += row[1] * row[0]
        row[1] = below[0]
    return np.sum(B)


args = (np.array([[1.0, 2.0], [0.5, 3.0], [2.0, 1.0]]),)
