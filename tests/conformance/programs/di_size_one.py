"""DifferentiationInterface: size-1 arrays that broadcast"""

import numpy as np
from numba import njit


@njit
def f(x, w):
    return np.sum(x * w)


argnums = (0, 1)
args = (np.array([2.0]), np.array([1.0, 2.0, 3.0]))
want = (np.array([6.0]), np.array([2.0, 2.0, 2.0]))
