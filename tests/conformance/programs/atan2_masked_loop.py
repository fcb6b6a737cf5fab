"""pytorch#93998 as a loop, multiplied by a mask of 0 and 1"""

import math

import numpy as np
from numba import njit


@njit
def f(x, y, k):
    s = 0.0
    for i in range(x.size):
        s += k[i] * math.atan2(y[i], x[i])
    return s / 3.0


args = (
    np.array([1.0, 0.0, 2.0, 3.0]),
    np.array([2.0, 0.0, 0.0, 0.0]),
    np.array([1.0, 0.0, 1.0, 1.0]),
)
want = np.array([-2.0 / 5.0 / 3.0, 0.0, 0.0, 0.0])
