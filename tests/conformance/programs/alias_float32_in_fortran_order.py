"""aliases: a copy of what is in Fortran order, in float32: written, the argument is as it was"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = np.ascontiguousarray(x)
    y[0, 1] = 5.0 * x[0, 0]
    z = x.ravel()
    z[0] = 2.0
    return x[0, 1] * y[0, 1] + x[0, 0] * z[1]


args = (np.asfortranarray(np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)),)
# 5 x00 x01 + x00 x01
want = np.array([[12.0, 6.0], [0.0, 0.0]])
tol = 1e-6
smooth = False
