"""aliases: np.asarray(x, dtype=np.float32) is a copy, written"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * 1.0
    z = np.asarray(y, dtype=np.float32)
    z[0] = z[1] * z[1]
    return y[0] + z[0]


args = (np.array([1.0, 2.0]),)
want = np.array([1.0, 4.0])
tol = 1e-5
smooth = False
