"""DifferentiationInterface: pushforward of a function that fills a work array passed in"""

import numpy as np
from numba import njit


@njit
def f(x, out):
    for i in range(x.size):
        out[i] = x[i] * x[i]
    return out


kind = "jvp"
args = (np.array([1.0, 2.0]), np.zeros(2), np.array([1.0, 0.5]))
want = (np.array([1.0, 4.0]), np.array([2.0, 2.0]))
