"""Numba's examples: an iteration left when its value is large, the count as a weight"""

import numpy as np
from numba import njit


@njit
def f(c):
    s = 0.0
    for k in range(c.size):
        x, y = 0.0, 0.0
        n = 0
        while x * x + y * y < 4.0 and n < 8:
            x, y = x * x - y * y + c[k], 2.0 * x * y + 0.3
            n += 1
        s += x * n
    return s


args = (np.array([0.1, 0.5, -0.7]),)
