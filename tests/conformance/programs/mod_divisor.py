"""jax#11466, slang#10071: d/dy of x % y with x<0, fmod, np.mod"""

import numpy as np
from numba import njit


@njit
def f(y):
    return (-19.0 % y) + 100.0 * np.fmod(-19.0, y) + 10000.0 * np.mod(19.0, y)


points = [((3.0,), 7.0 + 600.0 - 60000.0)]
