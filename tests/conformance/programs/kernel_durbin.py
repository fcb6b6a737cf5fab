"""NPBench, durbin: Levinson and Durbin's recursion with np.flip"""

import numpy as np
from numba import njit


@njit
def f(r):
    y = np.zeros_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, r.shape[0]):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return np.sum(y * y)


args = (np.array([0.4, 0.2, 0.1, 0.05]),)
