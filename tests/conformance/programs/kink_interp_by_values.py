"""special points: np.interp by the values at the knots"""

import numpy as np
from numba import njit


@njit
def f(y, x):
    return np.interp(x, np.array([0.0, 1.0, 3.0]), y)


args = (np.array([0.0, 2.0, 3.0]), 1.5)
want = np.array([0.0, 0.75, 0.25])
