"""NPBench, softmax: rows of scores, the largest taken off"""

import numpy as np
from numba import njit


@njit
def f(Q, K, V):
    s = 0.0
    for i in range(Q.shape[0]):
        scores = np.empty(K.shape[0])
        for j in range(K.shape[0]):
            scores[j] = np.sum(Q[i] * K[j])
        w = np.exp(scores - np.max(scores))
        w /= np.sum(w)
        for j in range(K.shape[0]):
            s += w[j] * V[j] * (i + 1)
    return s


argnums = (0, 1, 2)
args = (
    np.array([[1.0, 0.5], [0.2, -1.0]]),
    np.array([[0.3, 0.7], [1.0, 0.1], [-0.4, 0.6]]),
    np.array([1.0, -2.0, 0.5]),
)
