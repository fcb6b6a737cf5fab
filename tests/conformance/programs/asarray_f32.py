"""np.asarray(x, dtype=np.float32), nothing written"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = np.asarray(x, dtype=np.float32)
    return np.sum(y * y)


args = (np.array([1.0, 2.0]),)
want = np.array([2.0, 4.0])
tol = 1e-6
smooth = False
