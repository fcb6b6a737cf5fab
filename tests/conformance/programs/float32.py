"""float32 array and float32 scalar in"""

import numpy as np
from numba import njit


@njit
def f(x, c):
    return np.sum(x * x) * c


points = [((np.array([1.5, 2.0], np.float32), np.float32(2.0)), np.array([6.0, 8.0]))]
