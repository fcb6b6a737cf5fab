"""NPBench, jacobi_2d: sweeps over slices of two arrays"""

import numpy as np
from numba import njit


@njit
def f(A):
    B = A.copy()
    C = A.copy()
    for t in range(2):
        C[1:-1, 1:-1] = 0.2 * (
            B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1]
        )
        B[1:-1, 1:-1] = 0.2 * (
            C[1:-1, 1:-1] + C[1:-1, :-2] + C[1:-1, 2:] + C[2:, 1:-1] + C[:-2, 1:-1]
        )
    return np.sum(B * B)


args = (np.sin(np.arange(16.0)).reshape(4, 4),)
