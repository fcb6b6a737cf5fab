"""a column of a global array, as in a uniform prior"""

import numpy as np
from numba import njit

bounds = np.array([[0.0, 2.0], [0.0, 3.0]])


@njit
def f(p):
    if not np.all((bounds[:, 0] < p) & (p < bounds[:, 1])):
        return -np.inf
    return -0.5 * np.sum(p * p)


args = (np.array([1.0, 1.5]),)
want = np.array([-1.0, -1.5])
