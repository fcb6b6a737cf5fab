"""window views and real parts written"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * 1.0
    z = y.real
    z[0] = z[1] * z[1]
    return y[0]


args = (np.array([1.0, 2.0]),)
want = np.array([0.0, 4.0])
