"""DifferentiationInterface: pushforward, vector to vector, value and tangent"""

import numpy as np
from numba import njit


@njit
def f(x):
    return x * x[0]


kind = "jvp"
args = (np.array([2.0, 3.0]), np.array([1.0, -1.0]))
want = (np.array([4.0, 6.0]), np.array([4.0, 3.0 - 2.0]))
