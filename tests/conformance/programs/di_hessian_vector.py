"""DifferentiationInterface: Hessian, vector to number"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.sum(x[:-1] ** 2 * x[1:] ** 3)


kind = "hessian"
args = (np.array([1.0, 2.0, -1.0]),)
want = np.array([[16.0, 24.0, 0.0], [24.0, 12.0 - 2.0, 12.0], [0.0, 12.0, -24.0]])
tol = 1e-8
