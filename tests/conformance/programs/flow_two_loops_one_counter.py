"""control flow: two loops and a while over one counter"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 1.0
    for k in range(x.size):
        s = s * x[k]
    for k in range(1, x.size):
        s += x[k] * x[k - 1]
    while k >= 0:
        s = s * 0.5 + x[k]
        k -= 1
    return s + x[k]


args = (np.array([0.5, 1.0, 2.0]),)
