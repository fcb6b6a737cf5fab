"""DifferentiationInterface: pushforward, number to number"""

import math

from numba import njit


@njit
def f(x):
    return math.exp(2 * x)


kind = "jvp"
args = (0.3, 2.0)
want = (math.exp(0.6), 4 * math.exp(0.6))
