"""names: a parameter first_"""

import numpy as np
from numba import njit


@njit
def f(first_):
    s = 0.0
    for v in first_:
        s += v * v * s + v
    return s


args = (np.array([0.5, 1.0, 2.0]),)
