"""DifferentiationInterface: Hessian times a vector, with a constant array and number"""

import numpy as np
from numba import njit


@njit
def f(x, w, p):
    return np.sum(w * x**p)


kind = "hvp"
args = (np.array([2.0, 3.0]), np.array([1.0, 0.5]), 3, np.array([1.0, 2.0]))
want = np.array([12.0, 0.5 * 6 * 3 * 2.0])
