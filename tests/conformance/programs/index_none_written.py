"""indices: an array written and read with None, a new axis"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * 2.0
    y[None] = x * x
    y[None, :] *= x[None]
    y[None, 1:3] = x[0]
    return np.sum(y * y * x) + y[None][0, 1] * x[None, 2:][0, 0]


args = (np.array([0.7, -1.3, 2.1, 0.45]),)
