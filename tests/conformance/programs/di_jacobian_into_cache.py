"""DifferentiationInterface: Jacobian of a function that fills a work array passed in"""

import numpy as np
from numba import njit


@njit
def f(x, out):
    out[0] = x[0] * x[1]
    out[1] = x[1] ** 2
    out[2] = out[0] + out[1]
    return out


kind = "jacobian"
args = (np.array([2.0, 3.0]), np.full(3, 9.0))
want = np.array([[3.0, 2.0], [0.0, 6.0], [3.0, 8.0]])
