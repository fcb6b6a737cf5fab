"""tuples: data in a nested tuple, unpacked"""

import numpy as np
from numba import njit


@njit
def f(x, data):
    (t, y), k = data
    s = 0.0
    for i in range(t.size):
        s += k * (x[0] * t[i] - y[i]) ** 2
    return s


args = (np.array([2.0]), ((np.array([1.0, 2.0]), np.array([1.0, 3.0])), 0.5))
want = np.array([1.0 + 2.0])
