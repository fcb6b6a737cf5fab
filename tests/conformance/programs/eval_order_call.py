"""y[0] + bump(y), where bump changes y[0]: Python reads y[0] first"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] = y[0] * 10.0
    return y[1]


@njit
def f(x):
    y = x.copy()
    return y[0] * x[1] + bump(y)


args = (np.array([2.0, 3.0]),)
want = np.array([3.0, 2.0 + 1.0])
