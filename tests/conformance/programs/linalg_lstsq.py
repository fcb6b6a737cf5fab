"""linear algebra: least squares by lstsq"""

import numpy as np
from numba import njit


@njit
def f(A, b):
    return np.sum(np.linalg.lstsq(A, b)[0])


argnums = 1
_A = np.array([[3.0, 1.0], [0.5, 2.0], [1.0, 1.0]])
args = (_A, np.array([1.0, 2.0, 0.5]))
want = np.linalg.pinv(_A).T @ np.ones(2)
