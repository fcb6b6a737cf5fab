"""DifferentiationInterface: pullback, vector to matrix"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.outer(x, x)


kind = "vjp"
_w = np.array([[1.0, 2.0], [0.5, -1.0]])
args = (np.array([2.0, 3.0]), _w)
want = (np.outer([2.0, 3.0], [2.0, 3.0]), (_w + _w.T) @ np.array([2.0, 3.0]))
