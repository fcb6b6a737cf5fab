"""y[1:] = y[:-1] * c and y[1:] += y[:-1]"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    y[1:] = y[:-1] * 2.0
    y[1:] += y[:-1] * y[0]
    return np.sum(y * y)


def _val(x):
    y = x.copy()
    y[1:] = (y[:-1] * 2.0).copy()
    y[1:] += (y[:-1] * y[0]).copy()
    return np.sum(y * y)


_x = np.array([1.0, 0.5, -1.0, 2.0])
_g = np.zeros(4)
for _i in range(4):
    _z = _x.astype(complex)
    _z[_i] += 1e-30j
    _g[_i] = _val(_z).imag / 1e-30
args = (_x,)
want = _g
