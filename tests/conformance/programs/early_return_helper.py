"""a helper with early returns in a loop that writes; used twice"""

import numpy as np
from numba import njit


@njit
def relax(y, tol):
    for k in range(10):
        old = y[0]
        y[0] = 0.5 * (y[0] + y[1] / y[0])
        if abs(y[0] - old) < tol:
            return y[0] * k
        y[1] = y[1] * 0.9
    return y[1]


@njit
def f(x):
    y = x.copy()
    a = relax(y, 1e-2)
    b = relax(y, 1e-6)
    return a * b + y[0] * y[1]


args = (np.array([1.5, 2.0]),)
