"""control flow: running minimum and maximum of a product in one loop"""

import numpy as np
from numba import njit


@njit
def f(x, y):
    low = np.inf
    high = -np.inf
    for i in range(x.size):
        v = x[i] * y[i]
        if v < low:
            low = v
        if v > high:
            high = v
    return high - low * low


argnums = (0, 1)
args = (np.array([1.0, -2.0, 3.0]), np.array([4.0, 1.0, 2.0]))
# high: i = 2, low: i = 1, low = -2
want = (np.array([0.0, 4.0, 2.0]), np.array([0.0, 4 * -2.0, 3.0]))
