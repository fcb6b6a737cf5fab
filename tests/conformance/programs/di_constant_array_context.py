"""DifferentiationInterface: constants as further arguments: number, vector, matrix, flag"""

import numpy as np
from numba import njit


@njit
def f(x, a, w, M, flag):
    y = M @ x
    if flag:
        y = y * w
    return a * np.sum(y)


_M = np.array([[1.0, 2.0], [3.0, 4.0]])
points = [
    (
        (np.array([1.0, 1.0]), 2.0, np.array([1.0, 10.0]), _M, True),
        2 * _M.T @ np.array([1.0, 10.0]),
    ),
    ((np.array([1.0, 1.0]), 2.0, np.array([1.0, 10.0]), _M, False), 2 * _M.sum(0)),
]
