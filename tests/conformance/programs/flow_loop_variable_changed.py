"""control flow: the loop variable is changed in the body"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 1.0
    for i in range(x.size):
        s = s * x[i]
        i = (i + 1) % x.size
        s += x[i]
    return s * x[i]


args = (np.array([0.5, 1.0, 2.0]),)
