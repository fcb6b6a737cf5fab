"""aliases: y = x.copy(); z = y; y = y * 2: z keeps the old one"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    z = y
    y = y * 2.0
    z[0] = y[0] * y[1]
    return z[0] + y[0]


args = (np.array([2.0, 3.0]),)
want = np.array([12.0 + 2.0, 8.0])
