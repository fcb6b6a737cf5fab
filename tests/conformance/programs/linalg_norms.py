"""linear algebra: norms of a vector and Frobenius"""

import numpy as np
from numba import njit


@njit
def f(x, A):
    return np.linalg.norm(x) * np.linalg.norm(A)


argnums = (0, 1)
args = (np.array([3.0, 4.0]), np.array([[1.0, 2.0], [2.0, 4.0]]))
want = (np.array([0.6, 0.8]) * 5.0, np.array([[1.0, 2.0], [2.0, 4.0]]))
