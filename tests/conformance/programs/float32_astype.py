"""float32: x.astype(np.float32) and back"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.astype(np.float32)
    z = y.astype(np.float64)
    return np.sum(z * z)


args = (np.array([1.0, 2.0]),)
want = np.array([2.0, 4.0])
tol = 1e-5
smooth = False
