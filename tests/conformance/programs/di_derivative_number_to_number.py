"""DifferentiationInterface: derivative, number to number, out of place"""

import math

from numba import njit


@njit
def f(x):
    return math.sin(x) * x


kind = "derivative"
points = [
    ((0.7,), math.cos(0.7) * 0.7 + math.sin(0.7)),
    ((0.0,), 0.0),
    ((-2.0,), -2 * math.cos(2.0) - math.sin(2.0)),
]
