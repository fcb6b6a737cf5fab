"""DifferentiationInterface: an in-place function, wrapped so that it returns what it fills"""

import numpy as np
from numba import njit


@njit
def fill(out, x):
    for i in range(x.size):
        out[i] = x[i] ** 3


@njit
def f(x):
    out = np.empty_like(x)
    fill(out, x)
    return out


kind = "jacobian"
args = (np.array([1.0, 2.0]),)
want = np.diag([3.0, 12.0])
