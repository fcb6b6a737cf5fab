"""``np.newaxis`` in an index is None."""

import numpy as np
from numba import njit


@njit
def f(x):
    d = x[:, np.newaxis] - x
    return np.sum(d * d * d[0])


args = (np.array([0.5, -0.7, 1.3]),)
