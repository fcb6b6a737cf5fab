"""aliases: f returns a view of an array made inside"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * x
    z = y[::-1]
    y[0] = y[2]
    return z[:2]


kind = "jacobian"
args = (np.array([1.0, 2.0, 3.0]),)
want = np.array([[0.0, 0.0, 6.0], [0.0, 4.0, 0.0]])
