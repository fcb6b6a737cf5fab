"""NPBench, seidel_2d: rows updated in place by slices and a recurrence"""

import numpy as np
from numba import njit


@njit
def f(A):
    B = A.copy()
    n = B.shape[0]
    for t in range(2):
        for i in range(1, n - 1):
            B[i, 1:-1] += B[i - 1, :-2] + B[i - 1, 1:-1] + B[i - 1, 2:] + B[i, 2:] + B[i + 1, 1:-1]
            for j in range(1, n - 1):
                B[i, j] += B[i, j - 1]
                B[i, j] /= 9.0
    return np.sum(B * B)


args = (np.sin(np.arange(16.0)).reshape(4, 4),)
