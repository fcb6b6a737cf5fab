"""DifferentiationInterface: gradient, matrix to number"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.sum(x * x.T)


args = (np.array([[1.0, 2.0], [3.0, 4.0]]),)
want = 2 * np.array([[1.0, 3.0], [2.0, 4.0]])
