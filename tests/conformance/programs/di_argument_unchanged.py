"""DifferentiationInterface: a differentiated argument that f changes in place"""

import numpy as np
from numba import njit


@njit
def f(x):
    for i in range(1, x.size):
        x[i] += x[i - 1] * x[i]
    return x[-1]


args = (np.array([0.5, 1.0, 2.0]),)
# x1 (1 + x0), x2 (1 + x1 (1 + x0))
want = np.array([2.0, 2.0 * 1.5, 1.0 + 1.5])
