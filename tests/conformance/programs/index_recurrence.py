"""an int that walks by a rule and is used as index, saved for the way back"""

import numpy as np
from numba import njit


@njit
def f(x):
    k = 1
    s = 1.0
    y = x.copy()
    for t in range(6):
        s = s * y[k] + t
        y[k] = s * 0.5
        k = (k * 3 + t) % x.size
        if s > 3.0:
            k = x.size - 1 - k
    return s + y[0] * y[1]


def _val(x):
    k = 1
    s = 1
    y = list(x)
    for t in range(6):
        s = s * y[k] + t
        y[k] = s * 0.5
        k = (k * 3 + t) % len(y)
        if np.real(s) > 3:
            k = len(y) - 1 - k
    return s + y[0] * y[1]


_x = np.array([1.0, 0.5, 0.3, 0.8])
_g = np.zeros(4)
for _i in range(4):
    _z = _x.astype(complex)
    _z[_i] += 1e-30j
    _g[_i] = np.imag(_val(_z)) / 1e-30
args = (_x,)
want = _g
