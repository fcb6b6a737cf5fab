"""write through np.expand_dims and newaxis"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * 1.0
    z = np.expand_dims(y, 0)
    z[0, 0] = y[1] * y[1]
    w = y[None, :]
    w[0, 1] = y[0] * x[0]
    return y[0] + y[1]


args = (np.array([3.0, 2.0]),)
want = np.array([4.0, 4.0 + 4.0 * 3.0])
