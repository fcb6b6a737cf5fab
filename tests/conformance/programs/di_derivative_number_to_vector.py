"""DifferentiationInterface: derivative, number to vector, out of place"""

import numpy as np
from numba import njit

_k = np.array([1.0, 2.0, 3.0])


@njit
def f(x):
    return np.sin(x * np.array([1.0, 2.0, 3.0]))


kind = "derivative"
args = (0.4,)
want = _k * np.cos(0.4 * _k)
