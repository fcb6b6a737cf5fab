"""globals: a global int array of indices"""

import numpy as np
from numba import njit

INDEX = np.array([2, 0, 0, 1])


@njit
def f(x):
    s = 0.0
    for k in range(INDEX.size):
        s += x[INDEX[k]] * x[INDEX[k - 1]] * (k + 1)
    return s + np.sum(x[INDEX])


args = (np.array([2.0, 3.0, 5.0]),)
