"""best = max(best, ...) with other values noted in the same branch, used after"""

import numpy as np
from numba import njit


@njit
def f(x, y):
    best = -np.inf
    at = 0.0
    for i in range(x.size):
        v = x[i] * y[i]
        if v >= best:
            best = v
            at = y[i] + x[i]
    return best * at


argnums = (0, 1)
_x = np.array([1.0, -2.0, 3.0])
_y = np.array([4.0, -3.0, 1.0])
# v: 4, 6, 3 -> i=1: 6 * (-5)
args = (_x, _y)
want = (np.array([0.0, -3 * -5 + 6.0, 0.0]), np.array([0.0, -2 * -5 + 6.0, 0.0]))
