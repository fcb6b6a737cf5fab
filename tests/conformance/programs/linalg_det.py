"""linear algebra: det, of a singular matrix too"""

import numpy as np
from numba import njit


@njit
def f(A):
    return np.linalg.det(A)


points = [
    ((np.array([[1.0, 2.0], [3.0, 4.0]]),), np.array([[4.0, -3.0], [-2.0, 1.0]])),
    ((np.array([[1.0, 2.0], [2.0, 4.0]]),), np.array([[4.0, -2.0], [-2.0, 1.0]])),
    ((np.array([[5.0]]),), np.array([[1.0]])),
]
