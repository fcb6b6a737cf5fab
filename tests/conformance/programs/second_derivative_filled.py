"""the second derivative of a function that fills an array"""

import math

import numpy as np
from numba import njit

from fastad import derivative


@njit
def f(x):
    y = np.empty(3)
    for j in range(3):
        y[j] = math.sin((1 + 2 * j) * x)
    return y


def make(mode):
    return derivative(derivative(f, mode=mode), mode=mode)


args = (1.3,)
want = np.array([-((1 + 2 * j) ** 2) * math.sin((1 + 2 * j) * 1.3) for j in range(3)])
