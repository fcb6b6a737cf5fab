"""LU decomposition in place and triangular solves with partial slices"""

import numpy as np
from numba import njit


@njit
def f(A, b):
    n = b.size
    L = A.copy()
    for k in range(n):
        for i in range(k + 1, n):
            L[i, k] /= L[k, k]
            L[i, k + 1 :] -= L[i, k] * L[k, k + 1 :]
    y = b.copy()
    for i in range(n):
        y[i] -= np.sum(L[i, :i] * y[:i])
    for i in range(n - 1, -1, -1):
        y[i] = (y[i] - np.sum(L[i, i + 1 :] * y[i + 1 :])) / L[i, i]
    return np.sum(y * y)


argnums = (0, 1)
args = (np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.3], [0.2, 0.4, 5.0]]), np.array([1.0, -2.0, 0.5]))
