"""globals: a row of a global matrix, by a loop's counter"""

import numpy as np
from numba import njit

TABLE = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


@njit
def f(x):
    s = 0.0
    for i in range(TABLE.shape[0]):
        row = TABLE[i]
        s += np.sum(row * x) * x[0]
    return s


args = (np.array([2.0, 3.0]),)
# (9 x0 + 12 x1) x0
want = np.array([36.0 + 36.0, 24.0])
