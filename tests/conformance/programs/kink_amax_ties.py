"""special points: np.max and np.min with three equal items share by three"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.max(x) + 10.0 * np.min(x)


points = [
    ((np.array([2.0, 2.0, 2.0]),), np.full(3, 11.0 / 3)),
    ((np.array([2.0, 1.0, 2.0]),), np.array([0.5, 10.0, 0.5])),
]
smooth = False
