"""prange: a parameter that every iteration reads, a product reduction"""

import numpy as np
from numba import njit, prange


@njit(parallel=True)
def f(p, t):
    s = 1.0
    for i in prange(t.size):
        s *= 1.0 + p[0] * t[i] + p[1]
    return s


args = (np.array([0.3, 0.2]), np.array([1.0, 2.0, 3.0]))
