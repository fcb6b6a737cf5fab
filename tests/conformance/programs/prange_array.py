"""prange: an array filled, each item by its neighbours"""

import numpy as np
from numba import njit, prange


@njit(parallel=True)
def f(x):
    y = np.zeros_like(x)
    for i in prange(1, x.size - 1):
        y[i] = x[i - 1] * x[i + 1]
    return np.sum(y * x)


args = (np.linspace(0.1, 2.0, 9),)
