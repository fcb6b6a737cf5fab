"""DifferentiationInterface's caches: a Hessian of a function that fills a work array passed in"""

import numpy as np
from numba import njit


@njit
def f(p, t, r):
    s = 0.0
    for i in range(t.size):
        r[i] = p[0] * t[i]
        s += r[i] * r[i] * p[1]
    return s


kind = "hessian"
args = (np.array([1.5, 2.0]), np.array([0.3, 0.4, 0.7]), np.full(3, 7.0))
want = np.array([[4.0, 3.0], [3.0, 0.0]]) * (0.3**2 + 0.4**2 + 0.7**2)
