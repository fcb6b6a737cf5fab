"""root: a system, by its parameters"""

import numpy as np
from numba import njit

import fastad


@njit
def equation(x, p):
    return np.array([x[0] ** 2 - p[0], x[0] * x[1] - p[1]])


@njit
def f(p):
    x = fastad.root(equation, np.array([1.0, 1.0]), p)
    return x[0] + x[1]


# x0 = sqrt(p0), x1 = p1 / sqrt(p0)
args = (np.array([4.0, 6.0]),)
want = np.array([0.25 - 0.5 * 6.0 / 8.0, 0.5])
