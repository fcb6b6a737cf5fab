"""globals: a tuple of arrays, and a tuple of numbers by a loop's counter"""

import numpy as np
from numba import njit

NODES = (np.array([0.0, 1.0]), np.array([2.0, 3.0]))
WEIGHTS = (0.5, 1.5)


@njit
def f(x):
    s = 0.0
    for i in range(2):
        s += WEIGHTS[i] * x[i] ** 2
    return s + np.sum(NODES[1] * x)


args = (np.array([2.0, 3.0]),)
want = np.array([2.0 + 2.0, 9.0 + 3.0])
