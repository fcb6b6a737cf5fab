"""DifferentiationInterface: pullback of a function that fills a work array passed in"""

import numpy as np
from numba import njit


@njit
def f(x, out):
    out[:] = x * x
    out[1] *= x[0]
    return out


kind = "vjp"
args = (np.array([2.0, 3.0]), np.zeros(2), np.array([1.0, 10.0]))
want = (np.array([4.0, 18.0]), np.array([4.0 + 90.0, 120.0]))
