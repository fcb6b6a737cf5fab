"""control flow: a return from the innermost of three loops"""

import numpy as np
from numba import njit


@njit
def f(A):
    s = 1.0
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            for k in range(3):
                s = s * A[i, j] + 0.1 * k
                if s > 4.0:
                    return s * s
        s -= A[i, 0]
    return s


points = [
    ((np.array([[1.0, 2.0], [3.0, 1.0]]),), None),
    ((np.array([[0.1, 0.2], [0.3, 0.1]]),), None),
]
