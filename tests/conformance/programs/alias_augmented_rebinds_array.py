"""aliases: y *= 2 changes in place (z sees it), y = y * 2 does not"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    z = y
    y *= 2.0
    y = y * x[0]
    return np.sum(z) + np.sum(y)


# 2x, 2 x0 x
args = (np.array([2.0, 3.0]),)
want = np.array([2.0 + 8.0 + 6.0, 2.0 + 4.0])
