"""aliasing: rows of an array combined in place with rows of it, and with themselves"""

import numpy as np
from numba import njit


@njit
def f(x):
    a = np.outer(x, x * x + 1.0)
    a[2] += a[0]
    a[:, 1] *= a[:, 3]
    k = 1
    a[k] -= a[k - 1]
    a[k] *= a[k]
    a[k, 1:] /= a[k + 1, 1:]
    return np.sum(a * a * x)


args = (np.array([0.7, -1.3, 2.1, 0.4]),)
