"""aliases: flatten is always a copy"""

import numpy as np
from numba import njit


@njit
def f(A):
    B = A * 1.0
    v = B.flatten()
    v[0] = v[1] * v[1]
    return B[0, 0] * v[0]


args = (np.array([[2.0, 3.0]]),)
want = np.array([[9.0, 12.0]])
