"""linear algebra: repeated products of a matrix with a vector, normalised (power iteration)"""

import numpy as np
from numba import njit


@njit
def f(A):
    v = np.ones(2)
    for _ in range(4):
        v = A @ v
        v = v / np.linalg.norm(v)
    return v @ (A @ v)


args = (np.array([[2.0, 0.3], [0.5, 1.0]]),)
