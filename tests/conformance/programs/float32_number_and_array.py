"""float32: a float32 number and array together, by both"""

import numpy as np
from numba import njit


@njit
def f(a, x):
    return a * np.sum(x * x)


argnums = (0, 1)
args = (np.float32(2.0), np.array([1.0, 3.0], np.float32))
want = (10.0, np.array([4.0, 12.0]))
smooth = False
