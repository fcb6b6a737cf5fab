"""order of evaluation: err += (u[i] - relax(u, b, i)) ** 2"""

import numpy as np
from numba import njit


@njit
def relax(u, b, i):
    u[i] = 0.5 * (u[i - 1] + u[i + 1]) + b[i]
    return u[i]


@njit
def f(b):
    u = np.zeros(b.size)
    err = 0.0
    for i in range(1, b.size - 1):
        err += (u[i] - relax(u, b, i)) ** 2
    return err


# u1 = b1, u2 = b1/2 + b2, u3 = b1/4 + b2/2 + b3
args = (np.array([9.0, 1.0, 2.0, 3.0, 9.0]),)
want = np.array([0.0, 2.0 + 2.5 + 4.25 / 2, 2 * 2.5 + 4.25, 2 * 4.25, 0.0])
