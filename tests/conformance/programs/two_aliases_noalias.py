"""two names for one array in a summing loop; a view passed to a helper with the base"""

import numpy as np
from numba import njit


@njit
def helper(a, b):
    s = 0.0
    for i in range(b.size):
        s += a[i] * b[i]
        s += a[i + 1] * b[i] ** 2
    return s


@njit
def f(x):
    y = x
    t = helper(x, x[1:])
    for i in range(x.size):
        t += x[i] * y[i]
    return t


def _val(x):
    return np.sum(x[:-1] * x[1:]) + np.sum(x[1:] * x[1:] ** 2) + np.sum(x * x)


_x = np.linspace(-1, 2, 37)
_g = np.zeros(37)
for _i in range(37):
    _z = _x.astype(complex)
    _z[_i] += 1e-30j
    _g[_i] = _val(_z).imag / 1e-30
args = (_x,)
want = _g
