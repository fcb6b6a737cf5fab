"""a tuple of arrays handed on to a helper that indexes it"""

import numpy as np
from numba import njit


@njit
def inner(x, grid):
    return np.sum(x * grid[0] + grid[1])


@njit
def f(x, grid):
    return inner(x, grid)


args = (np.array([1.0, 2.0]), (np.array([3.0, 4.0]), np.array([5.0, 6.0])))
want = np.array([3.0, 4.0])
