"""raises: with error_model="numpy" a division by zero gives inf, its derivative -inf"""

import numpy as np
from numba import njit


@njit(error_model="numpy")
def f(x, y):
    return y / x + x


points = [((0.0, 1.0), -np.inf), ((2.0, 1.0), 0.75)]
smooth = False
