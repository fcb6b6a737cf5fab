"""a dynamic programme (edit-distance-like, soft minimum) over a table"""

import numpy as np
from numba import njit


@njit
def f(a, b):
    n, m = a.size, b.size
    D = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        D[i, 0] = D[i - 1, 0] + a[i - 1] ** 2
    for j in range(1, m + 1):
        D[0, j] = D[0, j - 1] + b[j - 1] ** 2
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            c = (a[i - 1] - b[j - 1]) ** 2
            best = min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1])
            D[i, j] = c + best
    return D[n, m]


argnums = (0, 1)
args = (np.array([0.5, -0.3, 0.7]), np.array([0.4, 0.9]))
