"""DifferentiationInterface: Hessian by a matrix"""

import numpy as np
from numba import njit


@njit
def f(A):
    return A[0, 0] * A[1, 1] ** 2 + A[0, 1] ** 3


kind = "hessian"
_H = np.zeros((2, 2, 2, 2))
_H[0, 0, 1, 1] = _H[1, 1, 0, 0] = 8.0
_H[1, 1, 1, 1] = 2.0
_H[0, 1, 0, 1] = 12.0
args = (np.array([[1.0, 2.0], [3.0, 4.0]]),)
want = _H
