"""linear algebra: the Hessian of log det along one number"""

import numpy as np
from numba import njit


@njit
def f(t, A, B):
    return np.linalg.slogdet(A + t * B)[1]


kind = "hessian"
_A = np.array([[2.0, 0.5], [0.2, 1.0]])
_B = np.array([[1.0, 0.3], [0.0, -0.5]])
_M = np.linalg.solve(_A + 0.3 * _B, _B)
args = (0.3, _A, _B)
want = -np.trace(_M @ _M)
