"""DifferentiationInterface: a cache full of rubbish (nan) must not matter"""

import numpy as np
from numba import njit


@njit
def f(x, cache):
    for i in range(x.size):
        cache[i] = x[i] * x[i]
    s = 0.0
    for i in range(x.size):
        s += cache[i] * cache[0]
    return s


args = (np.array([2.0, 3.0]), np.full(2, np.nan))
want = np.array([2 * 8.0 * 2 + 9 * 4.0, 4 * 6.0])
