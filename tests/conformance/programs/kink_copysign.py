"""special points: copysign, by both"""

import math

from numba import njit


@njit
def f(x, y):
    return math.copysign(x, y) * 3.0


argnums = (0, 1)
points = [((2.0, -1.0), (-3.0, 0.0)), ((-2.0, -1.0), (3.0, 0.0))]
