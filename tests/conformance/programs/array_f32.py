"""x.astype(np.float32), a copy, written"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.astype(np.float32)
    y[0] = y[1] * y[1]
    return np.sum(y * x)


# y=[x1²,x1]: x1²x0 + x1²
args = (np.array([1.0, 2.0]),)
want = np.array([4.0, 4.0 + 4.0])
tol = 1e-6
