"""raises: an exception raised in a branch"""

import numpy as np
from numba import njit


@njit
def f(x):
    if x[0] < 0.0:
        raise ValueError("negative")
    return x[0] * x[1]


args = (np.array([-1.0, 2.0]),)
raises = ValueError
