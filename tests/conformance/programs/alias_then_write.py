"""y = x (no copy) then y written: is x's value then the changed one"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x
    y[0] = y[0] * x[1]
    return x[0] * x[0] + y[1]


# x0' = x0x1: (x0x1)^2 + x1
args = (np.array([2.0, 3.0]),)
want = np.array([2 * 6 * 3.0, 2 * 6 * 2.0 + 1])
