"""order of evaluation: items of np.array([...])"""

import numpy as np
from numba import njit


@njit
def bump(y):
    y[0] *= 3.0
    return y[0]


@njit
def f(x):
    y = x.copy()
    a = np.array([y[0], bump(y), y[0]])
    return a[0] * a[1] + a[2] * a[2]


args = (np.array([2.0]),)
want = np.array([48.0])
