"""raises: shapes that do not broadcast"""

import numpy as np
from numba import njit


@njit
def f(x, y):
    return np.sum(x * y)


args = (np.ones(3), np.ones(2))
raises = ValueError
