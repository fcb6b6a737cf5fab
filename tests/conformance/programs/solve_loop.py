"""implicit Euler with solve in a loop"""

import numpy as np
from numba import njit


@njit
def f(p):
    y = np.array([1.0, 0.5])
    for t in range(3):
        A = np.array([[1.0 + p[0], 0.2], [-p[1], 1.5]])
        y = np.linalg.solve(A, y)
    return y[0] * y[1]


def _val(p):
    y = np.array([1.0, 0.5], complex)
    for t in range(3):
        y = np.linalg.solve(np.array([[1.0 + p[0], 0.2], [-p[1], 1.5]]), y)
    return y[0] * y[1]


_p = np.array([0.3, 0.6])
_g = np.zeros(2)
for _i in range(2):
    _z = _p.astype(complex)
    _z[_i] += 1e-30j
    _g[_i] = _val(_z).imag / 1e-30
args = (_p,)
want = _g
