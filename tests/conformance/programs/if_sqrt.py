"""casadi#1878, #1805: if x>0 sqrt else 0"""

import math

from numba import njit


@njit
def f(x):
    if x > 0:
        return math.sqrt(x)
    return 0.0


points = [((-3.0,), 0.0), ((0.0,), 0.0), ((1.0,), 0.5)]
smooth = False
