"""order of evaluation: a counter in an array used as an index three times"""

import numpy as np
from numba import njit


@njit
def nxt(k):
    k[0] = (k[0] * 2 + 1) % 5
    return k[0]


@njit
def f(x):
    k = np.array([1])
    s = 0.0
    for t in range(4):
        s += x[k[0]] * x[nxt(k)] * x[nxt(k)] * (t + 1)
    return s


args = (np.array([0.5, 1.0, 2.0, -1.0, 0.3]),)
