"""linear algebra: qr"""

import numpy as np
from numba import njit


@njit
def f(A):
    q, r = np.linalg.qr(A)
    return r[0, 0] ** 2 + r[0, 1] ** 2 + r[1, 1] ** 2


_A = np.array([[3.0, 1.0], [0.5, 2.0]])
args = (_A,)
want = 2 * _A
