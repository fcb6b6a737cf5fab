"""aliases: for row in A, rows written"""

import numpy as np
from numba import njit


@njit
def f(A):
    B = A.copy()
    s = 1.0
    for row in B:
        row *= s
        s = row[0] + row[1]
    return np.sum(B * B)


args = (np.array([[1.0, 2.0], [0.5, 3.0], [2.0, 1.0]]),)
