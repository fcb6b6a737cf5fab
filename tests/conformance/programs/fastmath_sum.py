"""compiler options: fastmath, nogil, inline and cache on the function"""

import math

import numpy as np
from numba import njit


@njit(fastmath=True, nogil=True)
def g(v):
    return v * math.exp(v)


@njit(fastmath=True)
def f(x):
    s = 0.0
    for v in x:
        s += g(v)
    return s


_x = np.array([0.5, 1.0])
args = (_x,)
want = (1 + _x) * np.exp(_x)
