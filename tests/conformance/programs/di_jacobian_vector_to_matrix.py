"""DifferentiationInterface: Jacobian, vector to matrix"""

import numpy as np
from numba import njit


@njit
def f(x):
    out = np.empty((2, x.size))
    for i in range(x.size):
        out[0, i] = x[i] ** 2
        out[1, i] = x[i] * x[0]
    return out


kind = "jacobian"
args = (np.array([0.5, 1.0, 2.0]),)
