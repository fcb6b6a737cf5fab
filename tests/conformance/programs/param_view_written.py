"""x rebound to a part of itself, which is written; the first item read by another name"""

import numpy as np
from numba import njit


@njit
def f(x):
    z = x
    x = x[1:]
    x[0] = x[1] * z[0]
    z[2] = z[1] * 3.0
    return x[0] + x[1] * z[0]


args = (np.array([0.5, -1.0, 0.7]),)
