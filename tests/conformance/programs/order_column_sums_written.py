"""order of evaluation: a matrix's row is read, changed by a helper, read again"""

import numpy as np
from numba import njit


@njit
def wipe(A, i):
    A[i, 0] = A[i, 1]
    return A[i, 0]


@njit
def f(A):
    B = A.copy()
    s = 0.0
    for i in range(B.shape[0]):
        s += B[i, 0] * wipe(B, i) * B[i, 0]
    return s


# a b b for each row
args = (np.array([[1.0, 2.0], [3.0, 4.0]]),)
want = np.array([[4.0, 4.0], [16.0, 24.0]])
