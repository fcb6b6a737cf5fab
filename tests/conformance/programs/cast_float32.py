"""Like code written for graphics cards: numbers are rounded to float32 on the way; slope 1."""

import numpy as np
from numba import njit


@njit
def f(x):
    a = np.float32(x[0])
    b = np.float32(x[1] * a)
    return a * b + x[2]


args = (np.array([0.5, 0.75, 1.3]),)  # of which the first two are float32 numbers
want = np.array([2 * 0.5 * 0.75, 0.25, 1.0])
