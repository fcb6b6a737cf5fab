"""linear algebra: products of transposes, slices and rows"""

import numpy as np
from numba import njit


@njit
def f(A):
    return np.sum(A.T @ A[:, ::-1]) + A[0] @ A[1] + np.sum(A[:2, :2] @ A[0, :2])


args = (np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 2.0]]),)
