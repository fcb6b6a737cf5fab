"""In Numba np.resize to fewer items is a view of the array, not a copy as in NumPy."""

import numpy as np
from numba import njit


@njit
def f(x):
    z = x * 2.0
    y = np.resize(z, 2)
    y[0] = 5.0 * x[1]
    longer = np.resize(z, 4)
    longer[1] = 0.0
    return z[0] * z[1] + longer[3]


args = (np.array([0.5, 0.7, 1.3]),)
# z = (5 x1, 2 x1, 2 x2); the fourth of the longer one is the first again
want = np.array([0.0, 20.0 * 0.7 + 5.0, 0.0])
smooth = False
