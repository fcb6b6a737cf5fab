"""special points: NaN in data where nothing reads it"""

import numpy as np
from numba import njit


@njit
def f(x, y):
    s = 0.0
    for i in range(x.size):
        if not np.isnan(y[i]):
            s += (x[i] - y[i]) ** 2
    return s


args = (np.array([1.0, 2.0, 3.0]), np.array([0.0, np.nan, 1.0]))
want = np.array([2.0, 0.0, 4.0])
