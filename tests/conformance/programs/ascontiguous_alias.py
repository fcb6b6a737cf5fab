"""a write through the result of np.ascontiguousarray imported under another name"""

import numpy as np
from numba import njit
from numpy import ascontiguousarray as tidy


@njit
def f(x):
    y = x * 1.0
    z = tidy(y)
    z[0] = z[1] * z[1]
    return y[0]


args = (np.array([1.0, 2.0]),)
want = np.array([0.0, 4.0])
