"""NaN items skipped by a branch, by nansum, by a mask"""

import math

import numpy as np
from numba import njit


@njit
def f(x, y):
    s = np.nansum(x * y)
    for i in range(x.size):
        if not math.isnan(y[i]):
            s += x[i] ** 2 * y[i]
    ok = ~np.isnan(y)
    s += np.sum(x[ok] * y[ok])
    return s


_x = np.array([1.0, 2.0, 3.0])
_y = np.array([2.0, np.nan, 4.0])
args = (_x, _y)
want = np.array([2 + 4 + 2.0, 0.0, 4 + 24 + 4.0])
