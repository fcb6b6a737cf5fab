"""branches by the number of dimensions, of which only one can be alive"""

import numpy as np
from numba import njit


@njit
def f(x):
    if x.ndim == 1:
        return np.sum(x * x)
    if x.ndim == 2:
        return np.sum(x[0] * x[1])
    raise ValueError("1 or 2 dimensions")


args = (np.array([1.0, 2.0]),)
want = np.array([2.0, 4.0])
