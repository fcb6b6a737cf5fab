"""raises: an exception raised by a helper in a loop"""

import math

import numpy as np
from numba import njit


@njit
def root(v):
    if v < 0.0:
        raise ArithmeticError("negative")
    return math.sqrt(v)


@njit
def f(x):
    s = 0.0
    for i in range(x.size):
        s += root(x[i]) * x[0]
    return s


args = (np.array([1.0, 2.0, -3.0]),)
raises = ArithmeticError
