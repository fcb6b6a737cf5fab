"""aliases: a reshape of a contiguous array shares memory"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * 1.0
    z = y.reshape(2, 2)
    z[1, 0] = z[0, 1] * z[0, 0]
    return y[2] * y[3]


args = (np.array([2.0, 3.0, 5.0, 7.0]),)
want = np.array([21.0, 14.0, 0.0, 6.0])
