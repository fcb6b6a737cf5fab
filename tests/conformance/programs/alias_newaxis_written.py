"""aliases: a new axis is a view, written by broadcasting"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    c = y.reshape(-1, 1)
    c[:, 0] = c[::-1, 0] * 2.0
    return y[0] * y[0] + y[1]


args = (np.array([2.0, 3.0]),)
want = np.array([2.0, 2 * 6.0 * 2])
