"""breaks out of nested loops, with flags and arrays written"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = np.zeros_like(x)
    found = False
    for i in range(x.size):
        for j in range(i):
            if x[i] * x[j] > 5.0:
                y[j] += x[i] * x[j]
                found = True
                break
            y[i] += x[j]
        if found:
            continue
        y[i] += x[i] ** 2
    return np.sum(y * y) if found else np.sum(y)


def _val(x):
    y = np.zeros_like(x)
    found = False
    for i in range(x.size):
        for j in range(i):
            if (x[i] * x[j]).real > 5.0:
                y[j] += x[i] * x[j]
                found = True
                break
            y[i] += x[j]
        if found:
            continue
        y[i] += x[i] ** 2
    return np.sum(y * y) if found else np.sum(y)


_x = np.array([1.0, 2.0, 3.0, 0.5])
_g = np.zeros(4)
for _i in range(4):
    _z = _x.astype(complex)
    _z[_i] += 1e-30j
    _g[_i] = _val(_z).imag / 1e-30
args = (_x,)
want = _g
