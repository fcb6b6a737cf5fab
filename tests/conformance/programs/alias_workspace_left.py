"""an argument that is filled after a loop of independent turns, and read before the end"""

import numpy as np
from numba import njit


@njit
def f(x, w):
    total = 0.0
    for i in range(3):
        for j in range(4):
            total += x[j] * x[j] * i
    p = np.zeros(4)
    for i in range(4):
        p[i] = (w[i] + 2.0) * x[i]
    w[:] = p
    q = w[1] * w[1]
    return total + q


_x = np.array([0.5, -1.0, 2.0, 3.0])
args = (_x, np.array([1.0, 2.0, 3.0, 4.0]))
want = 6.0 * _x + np.array([0.0, 2.0 * 16.0 * -1.0, 0.0, 0.0])
after = {1: np.array([3.0, 4.0, 5.0, 6.0]) * _x}
