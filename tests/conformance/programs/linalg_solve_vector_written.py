"""linear algebra: solve, then the right side is overwritten"""

import numpy as np
from numba import njit


@njit
def f(A, b):
    c = b * b
    y = np.linalg.solve(A, c)
    c[0] = y[1] * c[1]
    return y[0] * c[0]


argnums = (0, 1)
args = (np.array([[3.0, 1.0], [0.5, 2.0]]), np.array([1.0, 2.0]))
