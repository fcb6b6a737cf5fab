"""np.where(cond)[0], np.nonzero, np.flatnonzero as index arrays"""

import numpy as np
from numba import njit


@njit
def f(x):
    i = np.where(x > 0.0)[0]
    j = np.nonzero(x < 0.0)[0]
    s = 0.0
    for k in j:
        s += x[k] * 3.0
    return np.sum(x[i] * x[i]) + s


args = (np.array([1.0, -2.0, 3.0]),)
want = np.array([2.0, 3.0, 6.0])
