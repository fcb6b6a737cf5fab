"""two overlapping views of one array in a summing loop"""

import numpy as np
from numba import njit


@njit
def f(x):
    a = x[:-1]
    b = x[1:]
    s = 0.0
    for i in range(a.size):
        s += a[i] * b[i] * b[i]
    return s


_x = np.array([1.0, 3.0, -2.0, 0.5, 2.0])
_g = np.zeros(5)
for _i in range(4):
    _g[_i] += _x[_i + 1] ** 2
    _g[_i + 1] += 2 * _x[_i] * _x[_i + 1]
args = (_x,)
want = _g
