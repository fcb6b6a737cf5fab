"""raises: the tangent raises what f raises"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0.0
    for v in x:
        s += 1.0 / v
    return s


kind = "jvp"
args = (np.array([1.0, 0.0]), np.array([1.0, 1.0]))
raises = ZeroDivisionError
smooth = False
