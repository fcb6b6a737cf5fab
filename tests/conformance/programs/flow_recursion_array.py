"""control flow: recursion over halves of an array (a sum of products)"""

import numpy as np
from numba import njit


@njit
def total(x, i, j):
    if j - i == 1:
        return x[i] * x[i]
    m = (i + j) // 2
    return total(x, i, m) * 0.5 + total(x, m, j) * x[i]


@njit
def f(x):
    return total(x, 0, x.size)


args = (np.array([0.5, 1.0, 2.0, 3.0, 0.3]),)
