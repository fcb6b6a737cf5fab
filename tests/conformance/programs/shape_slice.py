"""an array made with a slice of a shape"""

import numpy as np
from numba import njit


@njit
def f(x):
    out = np.empty(x.shape[:2])
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i, j] = x[i, j] ** 2
    return out.sum()


args = (np.array([[1.0, 2.0], [3.0, 4.0]]),)
want = 2.0 * args[0]
