"""special points: np.median of an even and an odd number of items"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.median(x) ** 2


points = [
    ((np.array([3.0, 1.0, 2.0]),), np.array([0.0, 0.0, 4.0])),
    ((np.array([4.0, 1.0, 2.0, 9.0]),), np.array([3.0, 0.0, 3.0, 0.0])),
]
