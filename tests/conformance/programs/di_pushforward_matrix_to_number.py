"""DifferentiationInterface: pushforward, matrix to number"""

import numpy as np
from numba import njit


@njit
def f(A):
    return A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0]


kind = "jvp"
args = (np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [0.5, 2.0]]))
want = (-2.0, 4.0 - 1.0 + 2.0)
