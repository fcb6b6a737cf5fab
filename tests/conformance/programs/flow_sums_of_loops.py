"""NPBench, gemver: several loops add to one sum, each with factors of its own"""

import math

import numpy as np
from numba import njit


@njit
def f(a, w):
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j] * math.cos(1.3 * i + 2.3 * j)
    for i in range(w.size):
        total += w[i] * math.cos(1.3 * i)
    for i in range(w.size):
        total += w[i] * w[i] * math.sin(0.7 * i)
    return total


_w = np.array([0.5, -1.0, 2.0, 0.25])
_i = np.arange(4.0)
args = (np.ones((3, 2)), _w)
argnums = (0, 1)
want = (
    np.cos(1.3 * np.arange(3.0)[:, None] + 2.3 * np.arange(2.0)),
    np.cos(1.3 * _i) + 2.0 * _w * np.sin(0.7 * _i),
)
