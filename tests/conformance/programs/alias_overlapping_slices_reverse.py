"""aliases: y[:-1] = y[1:] twice"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    y[:-1] = y[1:]
    y[:-1] = y[1:]
    return y[0] * y[0] + y[1] + y[2] * y[3]


args = (np.array([2.0, 3.0, 5.0, 7.0]),)
# (x2, x3, x3, x3)
want = np.array([0.0, 0.0, 10.0, 1.0 + 14.0])
