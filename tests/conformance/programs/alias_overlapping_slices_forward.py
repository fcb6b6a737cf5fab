"""aliases: y[1:] = y[:-1] is a shift by copy"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    y[1:] = y[:-1]
    y[:-1] = y[1:] * y[0]
    return np.sum(y * y)


# y = (x0, x0, x1) -> (x0^2, x1 x0, x1)
args = (np.array([2.0, 3.0, 5.0]),)
want = np.array([4 * 8.0 + 2 * 9 * 2.0, 2 * 4 * 3.0 + 6.0, 0.0])
