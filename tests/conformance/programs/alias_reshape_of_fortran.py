"""aliases: a Fortran-ordered argument, its transpose reshaped to a vector and written"""

import numpy as np
from numba import njit


@njit
def f(A):
    B = A.copy()
    v = B.reshape(B.size)
    v[1] = v[0] * v[3]
    return B[0, 1] * B[1, 1]


args = (np.array([[2.0, 3.0], [5.0, 7.0]]),)
want = np.array([[49.0, 0.0], [0.0, 28.0]])
