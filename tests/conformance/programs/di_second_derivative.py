"""DifferentiationInterface: second derivative of a number"""

import math

from numba import njit


@njit
def f(x):
    return math.sin(x) * math.exp(x)


kind = "hessian"
args = (0.6,)
want = 2 * math.exp(0.6) * math.cos(0.6)
