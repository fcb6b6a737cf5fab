"""special points: np.std of equal numbers has derivative 0"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.std(x) + np.var(x)


points = [((np.full(3, 2.0),), np.zeros(3)), ((np.array([1.0, 3.0]),), np.array([-1.5, 1.5]))]
smooth = False
