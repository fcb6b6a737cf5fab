"""aliases: np.ascontiguousarray of a strided part is a copy"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * 2.0
    z = np.ascontiguousarray(y[::2])
    z *= 3.0
    return y[0] * y[2] + z[1]


args = (np.array([1.0, 2.0, 3.0]),)
want = np.array([12.0, 0.0, 4.0 + 6.0])
