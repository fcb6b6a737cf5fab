"""Like NumPy users' ``y.sort()``: another name of the array sees the order, too."""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * x[0]
    z = y
    y.sort()
    return z[0] * y[2] - z[1]


args = (np.array([0.5, -0.7, 1.3]),)
# y = (0.25, -0.35, 0.65): -0.35 * 0.65 - 0.25, that is x0^2 x1 x2 - x0^2
want = np.array([2 * 0.5 * (-0.7 * 1.3) - 2 * 0.5, 0.25 * 1.3, 0.25 * -0.7])
