"""aliases: ravel of a contiguous array is a view"""

import numpy as np
from numba import njit


@njit
def f(A):
    B = A * 1.0
    v = B.ravel()
    v[3] = v[0] * v[1]
    return B[1, 1] * B[0, 0]


args = (np.array([[2.0, 3.0], [5.0, 7.0]]),)
# a^2 b
want = np.array([[12.0, 4.0], [0.0, 0.0]])
