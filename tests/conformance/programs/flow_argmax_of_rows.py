"""control flow: np.argmax of rows as an index, in a loop"""

import numpy as np
from numba import njit


@njit
def f(A):
    s = 0.0
    for i in range(A.shape[0]):
        j = np.argmax(A[i])
        s += A[i, j] ** 2 * A[i, 0]
    return s


args = (np.array([[1.0, 2.0], [3.0, 0.5]]),)
want = np.array([[4.0, 4.0], [27.0, 0.0]])
