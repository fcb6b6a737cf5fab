"""aliases: np.atleast_1d and np.atleast_2d are views"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * 1.0
    z = np.atleast_2d(y)
    z[0, 0] = y[1] * y[1]
    return y[0] * x[0]


args = (np.array([2.0, 3.0]),)
want = np.array([9.0, 12.0])
