"""raises: an assert that fails"""

import numpy as np
from numba import njit


@njit
def f(x):
    assert x[0] > 0.0
    return x[0] * x[1]


args = (np.array([-1.0, 2.0]),)
raises = AssertionError
