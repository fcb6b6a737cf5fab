"""aliases: a part chosen by an index array is a copy"""

import numpy as np
from numba import njit


@njit
def f(x, index):
    y = x * 1.0
    z = y[index]
    z[0] = z[1] * z[2]
    return y[0] * z[0] + y[2]


args = (np.array([2.0, 3.0, 5.0]), np.array([0, 1, 1]))
want = np.array([9.0, 12.0, 1.0])
