"""DifferentiationInterface: by the last argument alone"""

import numpy as np
from numba import njit


@njit
def f(n, w, x):
    s = 0.0
    for i in range(n):
        s += w[i] * x[i] ** 2
    return s


argnums = 2
args = (2, np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0]))
want = np.array([2.0, 4.0, 0.0])
