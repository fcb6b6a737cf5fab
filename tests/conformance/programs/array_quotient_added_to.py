"""a quotient that an array holds, to which a later loop adds"""

import numpy as np
from numba import njit


@njit
def f(a):
    y = np.zeros(5)
    for i in range(5):
        y[i] = (i + 1.0) / a
    for i in range(5):
        y[i] += 0.5
    return np.sum(y)


args = (0.75,)
want = -15.0 / 0.75**2
