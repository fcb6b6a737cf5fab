"""aliases: np.triu, np.tril, np.diag of a matrix are copies"""

import numpy as np
from numba import njit


@njit
def f(A):
    B = A * 1.0
    U = np.triu(B)
    d = np.diag(B)
    U[0, 1] *= 2.0
    return np.sum(U) * d[0] + B[0, 1]


# (a + 2b + d) a + b
args = (np.array([[2.0, 3.0], [5.0, 7.0]]),)
want = np.array([[2 + 2 + 6.0 + 7.0, 5.0], [0.0, 2.0]])
