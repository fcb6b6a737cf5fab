"""an int array permuted in place and used as index before and after"""

import numpy as np
from numba import njit


@njit
def f(x):
    p = np.arange(x.size)
    s = 0.0
    for k in range(x.size):
        j = (3 * k + 1) % x.size
        s += x[p[k]] * x[p[j]] * (k + 1)
        t = p[k]
        p[k] = p[j]
        p[j] = t
        s = s * x[p[0]] + 1.0
    return s


def _val(x):
    n = x.size
    p = list(range(n))
    s = 0
    for k in range(n):
        j = (3 * k + 1) % n
        s = s + x[p[k]] * x[p[j]] * (k + 1)
        p[k], p[j] = p[j], p[k]
        s = s * x[p[0]] + 1
    return s


_x = np.array([1.0, 2.0, 0.5, -1.0])
_g = np.zeros(4)
for _i in range(4):
    _z = _x.astype(complex)
    _z[_i] += 1e-30j
    _g[_i] = _val(_z).imag / 1e-30
args = (_x,)
want = _g
