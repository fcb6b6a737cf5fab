"""linear algebra: trace, outer, vdot, kron-like products"""

import numpy as np
from numba import njit


@njit
def f(x, A):
    B = np.outer(x, x) @ A
    return np.trace(B) + np.vdot(x, A[0]) + np.dot(x, A @ x)


argnums = (0, 1)
_x = np.array([1.0, 2.0])
_A = np.array([[3.0, 1.0], [0.5, 2.0]])
args = (_x, _A)
want = (2 * (_A + _A.T) @ _x + _A[0], 2 * np.outer(_x, _x) + np.array([[1.0, 2.0], [0.0, 0.0]]))
