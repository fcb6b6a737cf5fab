"""aliases: a write through np.ascontiguousarray of the parameter itself"""

import numpy as np
from numba import njit


@njit
def f(x):
    np.ascontiguousarray(x)[1] += x[0] * x[0]
    return x[1] * x[0]


# (x1 + x0^2) x0
args = (np.array([2.0, 3.0]),)
want = np.array([3.0 + 12.0, 2.0])
