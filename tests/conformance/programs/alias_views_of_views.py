"""aliases: a view of a view of a view, written at every level"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    a = y[1:]
    b = a[::-1]
    c = b[1:3]
    c[0] = a[0] * b[0]
    b[2] *= c[0]
    a[2] += y[0]
    return y[0] + y[1] * y[2] + y[3] * y[4]


args = (np.array([0.5, 1.0, 2.0, -1.0, 0.3]),)
