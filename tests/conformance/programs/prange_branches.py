"""prange: branches, continue and an inner loop with a break"""

import numpy as np
from numba import njit, prange


@njit(parallel=True)
def f(x, n):
    s = 0.0
    for i in prange(x.size):
        if x[i] < 0.0:
            continue
        t = x[i]
        for k in range(n):
            t = t * x[i]
            if t > 3.0:
                break
        s += t
    return s


args = (np.array([0.5, -1.0, 1.5, 2.0]), 4)
