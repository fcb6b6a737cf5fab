"""aliases: a view carried from one iteration to the next"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    v = y[:1]
    for i in range(1, y.size):
        v[0] = v[0] * y[i] + 0.1
        v = y[i : i + 1]
    v[0] *= y[0]
    return np.sum(y)


args = (np.array([0.5, 1.0, 2.0, -1.0]),)
