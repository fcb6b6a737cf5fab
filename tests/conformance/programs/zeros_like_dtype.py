"""np.zeros_like(x, dtype=np.float64), np.empty_like, full_like with a dtype"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = np.zeros_like(x, dtype=np.float64)
    z = np.empty_like(x, dtype=np.float64)
    for i in range(x.size):
        y[i] = x[i] * x[i]
        z[i] = y[i] * x[0]
    return y.sum() + z.sum()


args = (np.array([2.0, 3.0]),)
want = np.array([4 + 3 * 4 + 9.0, 6 + 12.0])
