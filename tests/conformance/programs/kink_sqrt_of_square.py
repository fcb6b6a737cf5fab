"""special points: sqrt(x * x) at 0: inf times the zero tangent is 0"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    return math.sqrt(x * x) + np.hypot(x, 0.0)


points = [((3.0,), 2.0), ((-3.0,), -2.0)]
