"""DifferentiationInterface: Jacobian, vector to vector"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.sin(x)[::-1] * x[0]


kind = "jacobian"
args = (np.array([0.5, 1.0, 2.0]),)
