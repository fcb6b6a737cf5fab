"""order of evaluation: a slice (a view) is read after the call that writes its array"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[1] = y[1] * 10.0
    return 2.0


@njit
def f(x):
    y = x.copy()
    z = y[1:] * bump(y)
    return np.sum(z)


args = (np.array([1.0, 2.0, 3.0]),)
want = np.array([0.0, 20.0, 2.0])
