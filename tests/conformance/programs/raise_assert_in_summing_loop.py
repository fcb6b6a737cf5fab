"""raises: an assert inside a loop that only sums"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0.0
    for i in range(x.size):
        assert x[i] > 0.0, "positive items"
        s += x[i] ** 2
    return s


args = (np.array([1.0, 2.0, -3.0]),)
raises = AssertionError
