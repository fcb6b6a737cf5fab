"""DifferentiationInterface: Hessian times a vector"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] ** 3 * x[0]
    return s


kind = "hvp"
# H: 12 x0^2 at (0, 0), 3 x1^2 at (0, 1), 6 x1 x0 at (1, 1)
args = (np.array([2.0, 3.0]), np.array([1.0, -1.0]))
want = np.array([48.0 - 27.0, 27.0 - 36.0])
