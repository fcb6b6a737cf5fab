"""a copy of data that becomes active later in a loop"""

import numpy as np
from numba import njit


@njit
def f(target, start):
    x = start.copy()
    for i in range(5):
        x = x - 0.3 * (x - target)
    return np.sum(x * x)


args = (np.array([1.0, 2.0]), np.array([0.0, 0.0]))
_c = 1.0 - 0.7**5
want = 2.0 * _c * _c * np.array([1.0, 2.0])
