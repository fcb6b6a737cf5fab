"""float32: an array of float32; the derivative is float64"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0.0
    for v in x:
        s += v * v * v
    return s


args = (np.array([1.5, 2.0], np.float32),)
want = np.array([6.75, 12.0])
