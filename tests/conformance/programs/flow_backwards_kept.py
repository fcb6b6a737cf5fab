"""a loop that counts down, with a value that is kept for the way back"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0.0
    for i in range(4, 1, -1):
        s += math.sqrt(x[i])
    for i in range(0, 5, 2):
        s += math.exp(x[i])
    return s


_x = np.array([0.5, 1.0, 2.0, 0.25, 4.0])
args = (_x,)
want = np.exp(_x) * [1, 0, 1, 0, 1] + 0.5 / np.sqrt(_x) * [0, 0, 1, 1, 1]
