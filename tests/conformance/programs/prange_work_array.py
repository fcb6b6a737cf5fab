"""prange: a work array made in each iteration"""

import numpy as np
from numba import njit, prange


@njit(parallel=True)
def f(A):
    out = np.zeros(A.shape[0])
    for i in prange(A.shape[0]):
        w = np.empty(A.shape[1])
        for j in range(A.shape[1]):
            w[j] = A[i, j] * A[i, 0]
        out[i] = np.sum(w * w)
    return np.sum(out)


args = (np.arange(6.0).reshape(3, 2) / 3.0,)
