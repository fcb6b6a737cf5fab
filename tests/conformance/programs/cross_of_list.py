"""a cross product with a list"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.sum(np.cross(np.array([0.0, 0.0, 1.0]), x) * np.array([1.0, 2.0, 3.0])) + np.sum(
        np.cross(x, [1.0, 0.0, 0.0])
    )


_m = np.array([1.0, 2.0, 3.0])
args = (np.array([1.0, 2.0, 3.0]),)
want = np.array([2.0, -1.0 - 1.0, 1.0])
