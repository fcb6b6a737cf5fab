"""control flow: the loop variable is used after the loop"""

import numpy as np
from numba import njit


@njit
def f(x, n):
    s = 0.0
    for i in range(n):
        s += x[i] * x[0]
    s += x[i] * 10.0
    for i in range(i, -1, -1):
        s = s * 0.5 + x[i]
    return s * x[i]


args = (np.array([0.5, 1.0, 2.0, 3.0]), 3)
