"""NPBench, nussinov: a table of maxima filled from the diagonal"""

import numpy as np
from numba import njit


@njit
def f(s):
    n = s.size
    T = np.zeros((n, n))
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            T[i, j] = max(T[i, j], T[i, j - 1])
            if i + 1 < n:
                T[i, j] = max(T[i, j], T[i + 1, j])
            if i < j - 1:
                T[i, j] = max(T[i, j], T[i + 1, j - 1] + s[i] * s[j])
            for k in range(i + 1, j):
                T[i, j] = max(T[i, j], T[i, k] + T[k + 1, j])
    return T[0, n - 1]


args = (np.array([1.0, 2.5, 0.7, 3.1, 1.9]),)
