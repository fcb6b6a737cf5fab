"""aliases: np.asarray(x, dtype=np.float64) of a float64 array shares its memory"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * 1.0
    z = np.asarray(y)
    z[0] = z[1] * z[1]
    return y[0] * y[1]


args = (np.array([1.0, 2.0]),)
want = np.array([0.0, 12.0])
