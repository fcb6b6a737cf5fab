"""aliases: `is` tells whether two names are of one array"""

import numpy as np
from numba import njit


@njit
def fill(x, out):
    if x is out:
        raise ValueError("out must not be x")
    for i in range(x.size):
        out[i] = x[i] ** 2


@njit
def f(x):
    y = x * 2.0
    z = y
    out = np.zeros_like(x)
    fill(y, out)
    total = out[0] * out[1]
    if y is z:
        total += y[0]
    if y is not z:
        total += 100.0 * y[0]
    if y is y[1:]:
        total += 10.0 * y[0]
    return total


# 16 (x y)^2 + 2 x
args = (np.array([0.5, 3.0]),)
want = np.array([32.0 * 0.5 * 9.0 + 2.0, 32.0 * 0.25 * 3.0])
