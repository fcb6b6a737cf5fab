"""negative base with integer and integer-valued exponents"""

import math

import numpy as np
from numba import njit


@njit
def f(x, n):
    return x**3 + x**2.0 + x**n + x**-2 + math.pow(x, 3.0) + np.power(x, 2)


points = [((-2.0, 3), 12.0 - 4.0 + 12.0 - 2 * (-2.0) ** -3 + 12.0 - 4.0)]
