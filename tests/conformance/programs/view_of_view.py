"""reversed view of a part, written"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    z = y[::-1][1:3]
    z[0] = z[1] * y[0]
    w = z[::-1]
    w[0] *= 3.0
    return y[0] + y[1] * y[2] + y[3]


args = (np.array([0.5, -1.0, 0.7, 0.3]),)
