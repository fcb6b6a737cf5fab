"""a tuple of integers that a loop unpacks, and binds again to floats"""

import numpy as np
from numba import njit


@njit
def f(x):
    d = (0, 1)
    for i in range(x.size):
        a, b = d
        d = (b * x[i], a + x[i])
    return d[0] * d[1]


args = (np.array([0.7, 1.3, -0.4, 2.1]),)
