"""a counter that goes below zero and wraps, x[i - n], x[i % 3 - 1]"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 1.0
    k = 2
    n = x.size
    for i in range(n):
        s += x[k] * x[i - n] * (i + 1)
        s = s * 0.9 + x[i % 3 - 1] * x[k]
        k -= 1
    return s


args = (np.array([0.5, 1.0, 0.7, 1.3]),)
