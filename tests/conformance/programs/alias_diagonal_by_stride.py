"""aliases: the diagonal of a matrix through a strided part of its ravel"""

import numpy as np
from numba import njit


@njit
def f(A):
    B = A.copy()
    d = B.ravel()[:: B.shape[1] + 1]
    d *= d
    return np.sum(B) + B[0, 0] * B[1, 1]


args = (np.array([[2.0, 3.0], [5.0, 7.0]]),)
want = np.array([[4.0 + 4 * 49.0, 1.0], [1.0, 14.0 + 14 * 4.0]])
