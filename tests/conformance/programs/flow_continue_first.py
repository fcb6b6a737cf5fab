"""control flow: continue before anything is written, in two nested loops"""

import numpy as np
from numba import njit


@njit
def f(A):
    s = 0.0
    for i in range(A.shape[0]):
        if A[i, 0] < 0.0:
            continue
        for j in range(A.shape[1]):
            if j == i:
                continue
            s = s * 0.9 + A[i, j] * A[i, 0]
    return s


args = (np.array([[1.0, 2.0, 0.5], [-1.0, 3.0, 1.0], [2.0, 0.3, 0.7]]),)
