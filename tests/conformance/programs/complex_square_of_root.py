"""complex roots on their branch cut: the square of the root is smooth"""

import numpy as np
from numba import njit


@njit
def f(x):
    root = np.sqrt(complex(-1.0, x[0]))
    other = np.log(complex(-x[1], 0.0)) + np.sqrt(-x[1] + 0j)
    return (root * root).imag + other.imag


args = (np.array([0.0, 4.0]),)
want = np.array([1.0, 0.25])
