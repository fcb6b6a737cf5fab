"""an int array changed by a helper called in the same expression"""

import numpy as np
from numba import njit


@njit
def step(k):
    k[0] = k[0] + 1
    return 2.0 * k[0]


@njit
def f(x):
    k = np.zeros(1, np.int64)
    s = x[k[0]] * step(k)
    s += x[k[0]] * x[k[0]] * step(k)
    return s


args = (np.array([1.5, 2.0, 3.0]),)
