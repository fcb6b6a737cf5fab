"""for v in x with while inside, and for over tuple and list literals"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0.0
    for c in (1.0, 2.0, 3.0):
        for v in x:
            s += c * v * v
    for k in [0, 1]:
        s *= x[k]
    return s


args = (np.array([2.0, 3.0]),)
want = np.array([12 * 2 * 6.0 + 6 * 13 * 3.0, 12 * 3 * 6.0 + 6 * 13 * 2.0])
