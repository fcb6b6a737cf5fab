"""a scratch array of which each turn writes a part, and reads what earlier turns left"""

import numpy as np
from numba import njit


@njit
def f(x):
    w = np.zeros_like(x)
    s = 0.0
    for i in range(x.size):
        w[i] = x[i] ** 2
        t = 0.0
        for j in range(x.size):
            t += w[j]
        s += t * x[i]
    return s


def _val(x):
    s = 0
    for i in range(x.size):
        s += np.sum(x[: i + 1] ** 2) * x[i]
    return s


_x = np.array([0.5, -1.0, 2.0])
_g = np.zeros(3)
for _i in range(3):
    _z = _x.astype(complex)
    _z[_i] += 1e-30j
    _g[_i] = _val(_z).imag / 1e-30
args = (_x,)
want = _g
