"""aliases: ravel of a transpose is a copy"""

import numpy as np
from numba import njit


@njit
def f(A):
    B = A * 1.0
    v = B.T.ravel()
    v[3] = v[0] * v[1]
    return B[1, 1] * B[0, 0] + v[3]


args = (np.array([[2.0, 3.0], [5.0, 7.0]]),)
want = np.array([[7.0 + 5.0, 0.0], [2.0, 2.0]])
