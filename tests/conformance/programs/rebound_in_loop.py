"""y = y[::-1] * w in a loop, with row stores of each state"""

import numpy as np
from numba import njit


@njit
def f(x):
    M = np.zeros((4, x.size))
    y = x
    for t in range(4):
        y = y[::-1] * x + t
        M[t] = y
        y = M[t] * 0.5
    return np.sum(M * M)


args = (np.array([0.5, -1.0, 0.7]),)
