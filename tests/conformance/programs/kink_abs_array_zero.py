"""special points: np.abs of an array with zeros, summed"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.sum(np.abs(x) * np.arange(1.0, 4.0))


args = (np.array([0.0, -1.0, 2.0]),)
want = np.array([0.0, -2.0, 3.0])
smooth = False
