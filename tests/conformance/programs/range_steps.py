"""ranges with negative, variable and large steps, and no turns, in carried loops"""

import math

import numpy as np
from numba import njit


@njit
def f(x, k):
    s = 1.0
    n = x.size
    for i in range(n - 1, -1, -2):
        s = s * x[i] + i
    for i in range(0, n, k):
        s = math.sin(s) + x[i] * s
    for i in range(n - 1, 0, -k):
        s = s + x[i] * s * s * 0.1
    for i in range(5, 2):
        s = s * 100.0
    for i in range(2, 100, 50):
        s = s * x[i % n]
    return s + i


def _val(x, k):
    s = 1
    n = x.size
    for i in range(n - 1, -1, -2):
        s = s * x[i] + i
    for i in range(0, n, k):
        s = np.sin(s) + x[i] * s
    for i in range(n - 1, 0, -k):
        s = s + x[i] * s * s * 0.1
    for i in range(2, 100, 50):
        s = s * x[i % n]
    return s + i


_x = np.array([0.5, -0.3, 0.8, 1.1, 0.9])
_g = np.zeros(5)
for _i in range(5):
    _z = _x.astype(complex)
    _z[_i] += 1e-30j
    _g[_i] = _val(_z, 3).imag / 1e-30
args = (_x, 3)
want = _g
