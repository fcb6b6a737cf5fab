"""linear algebra: solve with a matrix on the right side, by both"""

import numpy as np
from numba import njit


@njit
def f(A, B):
    return np.sum(np.linalg.solve(A, B) ** 2)


argnums = (0, 1)
args = (np.array([[3.0, 1.0], [0.5, 2.0]]), np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 1.0]]))
