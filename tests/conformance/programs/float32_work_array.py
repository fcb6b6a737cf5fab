"""float32: a float32 work array made inside, from a float64 argument"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = np.zeros(x.size, dtype=np.float32)
    for i in range(x.size):
        y[i] = x[i] * x[i]
    return np.sum(y)


args = (np.array([1.0, 2.0]),)
want = np.array([2.0, 4.0])
tol = 1e-5
smooth = False
