"""special points: x**0.5 and sqrt at 0: inf, the limit"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    return x[0] ** 0.5 + math.sqrt(x[1])


args = (np.zeros(2),)
want = np.array([np.inf, np.inf])
smooth = False
