"""0-d, empty, size-1, 3-d arrays"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.sum(x * x)


points = [
    ((np.array(3.0),), np.array(6.0)),
    ((np.zeros(0),), np.zeros(0)),
    ((np.array([2.0]),), np.array([4.0])),
    ((np.ones((2, 1, 3)),), 2 * np.ones((2, 1, 3))),
    ((np.ones((0, 3)),), np.zeros((0, 3))),
]
all_njit = False
