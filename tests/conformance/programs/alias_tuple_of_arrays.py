"""aliases: an array and its view in a tuple, written through the tuple"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    t = (y, y[1:])
    t[1][0] = t[0][0] * 3.0
    t[0][2] = t[1][0] * t[1][1]
    return np.sum(y)


# y1 = 3 x0, y2 = 3 x0 x2
args = (np.array([2.0, 3.0, 5.0]),)
want = np.array([1.0 + 3.0 + 15.0, 0.0, 6.0])
