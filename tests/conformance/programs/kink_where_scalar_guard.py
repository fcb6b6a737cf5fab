"""special points: a guarded quotient, sin(x) / x at 0 by a branch and by where"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0.0
    for v in x:
        s += math.sin(v) / v if v != 0.0 else 1.0
    return s


points = [((np.array([0.0, 1.0]),), np.array([0.0, math.cos(1.0) - math.sin(1.0)]))]
smooth = False
