"""pytorch#27134: both at a=0, arrays"""

import math

import numpy as np
from numba import njit


@njit
def f(a, b):
    return np.sum(a**b)


argnums = (0, 1)
args = (np.array([0.0, 2.0, 0.0]), np.array([1.0, 1.0, 2.0]))
want = (np.array([1.0, 1.0, 0.0]), np.array([0.0, 2 * math.log(2.0), 0.0]))
