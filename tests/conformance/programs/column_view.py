"""column of a matrix written in place, diagonal read"""

import numpy as np
from numba import njit


@njit
def f(a):
    b = a.copy()
    c = b[:, 1]
    c *= b[:, 0]
    s = 0.0
    for i in range(b.shape[0]):
        s += b[i, i] * (i + 1)
    return s


args = (np.array([[1.0, 2.0], [3.0, 4.0]]),)
want = np.array([[1.0, 0.0], [2 * 4.0, 2 * 3.0]])
