"""gather with repeated indices, boolean masks, assignment by index array"""

import numpy as np
from numba import njit


@njit
def f(x, idx):
    y = x[idx] * x[idx]
    z = np.zeros_like(x)
    z[idx] = y
    z[x < 0.0] = 0.0
    return np.sum(y) + np.sum(z * x[0])


_i = np.array([0, 0, 2, 3, 2])
_x = np.array([2.0, 1.0, 3.0, -1.0])
# y sum: 2*x0^2 + 2*x2^2 + x3^2; z = [x0^2, 0, x2^2, 0(masked)]; times x0
args = (_x, _i)
want = np.array([4 * 2 + 3 * 4.0 + 9.0, 0.0, 4 * 3 + 2 * 2 * 3.0, -2.0])
