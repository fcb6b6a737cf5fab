"""DifferentiationInterface: gradient, vector to number"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.sum(x**2) * x[0]


points = [
    ((np.array([1.0, 2.0]),), np.array([5.0 + 2.0, 4.0])),
    ((np.array([3.0]),), np.array([27.0])),
]
