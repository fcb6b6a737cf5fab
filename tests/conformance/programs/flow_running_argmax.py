"""control flow: a running maximum with its place, used as an index after"""

import numpy as np
from numba import njit


@njit
def f(x):
    best = x[0]
    at = 0
    for i in range(1, x.size):
        if x[i] > best:
            best = x[i]
            at = i
    return best * x[at] + x[(at + 1) % x.size]


args = (np.array([1.0, 5.0, 2.0, 4.0]),)
want = np.array([0.0, 10.0, 1.0, 0.0])
