"""the coercion np.asarray(x, dtype=np.float64) given a float32 array"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = np.asarray(x, dtype=np.float64)
    return np.sum(y * y)


args = (np.array([1.0, 2.0], np.float32),)
want = np.array([2.0, 4.0])
tol = 1e-6
