"""x.astype(np.float64), the commonest cast"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.astype(np.float64)
    y[0] = y[0] * y[1]
    return np.sum(y * x)


# y0 = x0x1: x0²x1 + x1²
args = (np.array([2.0, 3.0]),)
want = np.array([12.0, 4.0 + 6.0])
