"""linear algebra: matrix_power by a positive, a zero and a negative exponent"""

import numpy as np
from numba import njit


@njit
def f(A, n):
    return np.sum(np.linalg.matrix_power(A, n))


_A = np.array([[1.0, 0.5], [0.2, 0.7]])
points = [
    ((_A, 3), None),
    ((_A, 0), np.zeros((2, 2))),
    ((_A, -2), None),
    ((_A, 1), np.ones((2, 2))),
]
tol = 1e-6
