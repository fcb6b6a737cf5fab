"""tuples: tuples added, sliced, their length"""

import numpy as np
from numba import njit


@njit
def f(x):
    t = (x[0], x[1]) + (x[0] * x[1],)
    u = t[1:]
    return u[0] * u[1] * len(t) + t[-1]


# 3 x0 x1^2 + x0 x1
args = (np.array([2.0, 3.0]),)
want = np.array([27.0 + 3.0, 36.0 + 2.0])
