"""Numba's issues: a stencil with wrap-around by the modulo of negative numbers"""

import numpy as np
from numba import njit


@njit
def f(u):
    n = u.size
    v = u.copy()
    for t in range(3):
        w = np.empty_like(v)
        for i in range(n):
            w[i] = v[i] + 0.1 * (v[(i - 1) % n] - 2.0 * v[i] + v[(i + 1) % n]) * v[i - 1]
        v = w
    return np.sum(v**2)


args = (np.array([0.5, 1.0, 2.0, 1.5]),)
