"""DifferentiationInterface: second derivative of a vector, by a driver of a driver"""

import math

import numpy as np
from numba import njit

from fastad import derivative


@njit
def f(x):
    return np.array([x**3, math.sin(x)])


def make(mode):
    return derivative(derivative(f, mode=mode), mode=mode)


args = (0.6,)
want = np.array([3.6, -math.sin(0.6)])
