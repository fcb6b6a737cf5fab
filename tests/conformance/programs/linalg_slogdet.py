"""linear algebra: slogdet of a matrix with a negative determinant"""

import numpy as np
from numba import njit


@njit
def f(A):
    sign, logdet = np.linalg.slogdet(A)
    return sign * logdet


_A = np.array([[1.0, 2.0], [3.0, 4.0]])
args = (_A,)
want = -np.linalg.inv(_A).T
