"""layout: copies of a transposed array, read in order"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.T.copy()
    z = np.copy(x.T)
    w = np.ascontiguousarray(x.T)
    order = np.arange(6.0)
    return np.sum(y.reshape(6) ** 2 * order) + np.sum((z * w).ravel() * w.ravel() * order)


kind = "jvp"
args = (np.arange(6.0).reshape(2, 3) + 0.3, np.cos(np.arange(6.0)).reshape(2, 3))
