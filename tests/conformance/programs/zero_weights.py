"""inner recurrences whose result is multiplied by zero in some turns"""

import math

import numpy as np
from numba import njit


@njit
def f(x, w):
    total = 0.0
    carry = 1.0
    for i in range(w.size):
        s = 0.3
        for j in range(x.size):
            s = s * x[j] + math.sin(s)
        carry = carry * (1.0 + w[i] * s)
        t = 0.0
        for j in range(x.size):
            t += math.exp(x[j]) * s
        total += w[i] * t * carry
    return total


def _val(x, w):
    total = 0
    carry = 1
    for i in range(w.size):
        s = 0.3 + 0j
        for j in range(x.size):
            s = s * x[j] + np.sin(s)
        carry = carry * (1 + w[i] * s)
        t = 0
        for j in range(x.size):
            t += np.exp(x[j]) * s
        total += w[i] * t * carry
    return total


_x = np.array([0.5, -0.3, 0.8])
_w = np.array([1.0, 0.0, 0.5, 0.0, 0.0, 2.0])
_g = np.zeros(3)
for _i in range(3):
    _z = _x.astype(complex)
    _z[_i] += 1e-30j
    _g[_i] = _val(_z, _w).imag / 1e-30
args = (_x, _w)
want = _g
