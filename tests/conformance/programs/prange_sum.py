"""prange: a sum"""

import math

import numpy as np
from numba import njit, prange


@njit(parallel=True)
def f(x):
    s = 0.0
    for i in prange(x.size):
        s += math.sin(x[i]) * x[i]
    return s


_x = np.linspace(0.1, 2.0, 37)
args = (_x,)
want = np.sin(_x) + _x * np.cos(_x)
