"""NPBench, gramschmidt: columns made orthogonal one by one"""

import math

import numpy as np
from numba import njit


@njit
def f(A):
    B = A.copy()
    Q = np.zeros_like(A)
    R = np.zeros((A.shape[1], A.shape[1]))
    for k in range(A.shape[1]):
        R[k, k] = math.sqrt(np.dot(B[:, k], B[:, k]))
        Q[:, k] = B[:, k] / R[k, k]
        for j in range(k + 1, A.shape[1]):
            R[k, j] = np.dot(Q[:, k], B[:, j])
            B[:, j] -= Q[:, k] * R[k, j]
    return np.sum(R * R * R) + Q[0, 1]


args = (np.array([[1.0, 0.5], [0.3, 2.0], [0.7, -1.0]]),)
