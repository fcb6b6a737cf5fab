"""a pair of data arrays unpacked, loops"""

import numpy as np
from numba import njit


@njit
def f(x, data):
    t, y = data
    s = 0.0
    for i in range(t.size):
        s += (x[0] * t[i] + x[1] - y[i]) ** 2
    return s


_t = np.array([0.0, 1.0, 2.0])
_y = np.array([1.0, 3.0, 4.5])
_r = 2.0 * _t + 0.5 - _y
args = (np.array([2.0, 0.5]), (_t, _y))
want = np.array([np.sum(2 * _r * _t), np.sum(2 * _r)])
