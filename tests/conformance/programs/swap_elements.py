"""simultaneous assignment of elements"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    y[0], y[1] = y[1], y[0] * y[1]
    a, b = y[0], y[2]
    a, b = b, a
    return a * a * y[1] + b


# y0=x1, y1=x0x1; a = x2, b = x1
args = (np.array([2.0, 3.0, 5.0]),)
want = np.array([25 * 3.0, 25 * 2.0 + 1.0, 2 * 5 * 6.0])
