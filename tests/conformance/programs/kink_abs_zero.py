"""special points: abs, np.abs, math.fabs at 0"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    return abs(x[0]) + 2.0 * np.abs(x[1]) + 4.0 * math.fabs(x[2])


points = [
    ((np.zeros(3),), np.zeros(3)),
    ((np.array([-1.0, 1.0, -2.0]),), np.array([-1.0, 2.0, -4.0])),
]
smooth = False
