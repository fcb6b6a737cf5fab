"""DifferentiationInterface: a mixed second derivative by two numbers"""

import math

from numba import njit

from fastad import derivative


@njit
def f(x, y):
    return x**2 * y**3 + math.sin(x * y)


def make(mode):
    return derivative(derivative(f, 0, mode=mode), 1, mode=mode)


args = (1.2, 0.7)
want = 6 * 1.2 * 0.49 + math.cos(0.84) - 0.84 * math.sin(0.84)
