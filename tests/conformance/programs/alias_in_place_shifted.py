"""aliasing: a part of an array combined in place with another, item after item"""

import numpy as np
from numba import njit


@njit
def f(x):
    y, z, w = x.copy(), x * 0.5, x + 1.0
    y[1:] -= y[:-1]
    z[1:] *= z[:-1]
    w[:-1] /= w[1:]
    y -= y[::-1]
    a = np.outer(x, w)
    a -= a[0]
    return np.sum(y * y * x) + np.sum(z * w) + np.sum(a * a)


args = (np.array([0.7, -1.3, 2.1, 0.4]),)
