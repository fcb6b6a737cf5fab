"""control flow: negative steps, to -1 and to below"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 1.0
    for i in range(x.size - 1, -1, -1):
        s = s * 0.5 + x[i] * s
    for i in range(x.size - 1, 0, -2):
        s += x[i] * x[i - 1]
    return s


args = (np.array([0.5, 1.0, 2.0, 3.0]),)
