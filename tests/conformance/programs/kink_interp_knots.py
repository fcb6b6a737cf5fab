"""special points: np.interp between and beyond its knots"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.sum(
        np.interp(x, np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 3.0]))
        * np.array([1.0, 10.0, 100.0, 1000.0])
    )


args = (np.array([0.5, 2.0, -1.0, 4.0]),)
want = np.array([2.0, 5.0, 0.0, 0.0])
