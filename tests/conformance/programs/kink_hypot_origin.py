"""special points: hypot at the origin has derivative 0"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    return math.hypot(x[0], x[1]) + np.hypot(x[1], x[0])


points = [((np.zeros(2),), np.zeros(2)), ((np.array([3.0, 4.0]),), np.array([1.2, 1.6]))]
smooth = False
