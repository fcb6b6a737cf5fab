"""a window view moved in a loop, added in place"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    s = 1.0
    for i in range(y.size - 1):
        v = y[i : i + 2]
        v[0] += v[1] * s
        s = v[0] * 0.5
        v[1] = s * v[1]
    return np.sum(y) + s


args = (np.array([0.5, -1.0, 0.7, 0.3]),)
