"""jax#1052: where with log branch at negative values"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = np.where(x > 0.0, np.log(x), x * x)
    return y.sum()


points = [((np.array([-3.0, 2.0, 0.0]),), np.array([-6.0, 0.5, 0.0]))]
smooth = False
