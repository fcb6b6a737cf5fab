"""globals: slices, columns and parts of a global array"""

import numpy as np
from numba import njit

TABLE = np.arange(12.0).reshape(3, 4)


@njit
def f(x):
    return np.sum(TABLE[:, 1] * x) + np.sum(TABLE[1:, 2] * x[:2]) + TABLE[0, 1:].sum() * x[0]


args = (np.array([2.0, 3.0, 4.0]),)
want = np.array([1.0 + 6.0 + 6.0, 5.0 + 10.0, 9.0])
