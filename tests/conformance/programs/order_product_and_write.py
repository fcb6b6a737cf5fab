"""order of evaluation: y[0] * x[1] + bump(y), where bump writes y[0]"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] = y[0] * x2
    return y[0]


x2 = 2.0


@njit
def f(x):
    y = x.copy()
    return y[0] * x[1] + bump(y)


args = (np.array([2.0, 3.0]),)
want = np.array([5.0, 2.0])
