"""int() of an active value: piecewise constant; float // and %"""

import math

from numba import njit


@njit
def f(x):
    n = int(x)
    return x**n + n * x + (x // 1.0) + x % 1.0 + math.floor(x) * x + round(x)


points = [((3.4,), 3 * 3.4**2 + 3 + 0 + 1 + 3)]
