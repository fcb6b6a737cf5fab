"""special points: np.prod with one zero, two zeros, none"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.prod(x)


points = [
    ((np.array([2.0, 0.0, 3.0]),), np.array([0.0, 6.0, 0.0])),
    ((np.array([0.0, 0.0, 3.0]),), np.zeros(3)),
    ((np.array([2.0, 5.0]),), np.array([5.0, 2.0])),
]
