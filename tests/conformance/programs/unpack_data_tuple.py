"""a tuple of data (float, array) unpacked into names"""

import numpy as np
from numba import njit


@njit
def f(x, p):
    k, b = p
    return k * np.sum((x - b) ** 2)


args = (np.array([1.0, 2.0]), (3.0, np.array([0.5, 0.5])))
want = 6 * np.array([0.5, 1.5])
