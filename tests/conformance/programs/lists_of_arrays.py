"""containers: a list of arrays made in a loop"""

import numpy as np
from numba import njit


@njit
def f(x):
    parts = []
    for k in range(3):
        parts.append(x * (k + 1.0))
    s = 0.0
    for p in parts:
        s += np.sum(p * p) * p[0]
    return s


args = (np.array([1.0, 2.0]),)
# 36 (x0^2 + x1^2) x0
want = np.array([36 * (3 + 4.0), 36 * 4.0])
