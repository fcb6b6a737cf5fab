"""order of evaluation: count[0] * step(count): an int array read, then changed"""

import numpy as np
from numba import njit


@njit
def step(count):
    count[0] += 1
    return count[0]


@njit
def f(x):
    count = np.zeros(1, np.int64)
    s = count[0] * step(count) * x[0]
    s += count[0] * step(count) * x[0] ** 2
    return s + x[1] * (step(count) - count[0])


# 0 + 1 * 2 x0^2 + 0
args = (np.array([3.0, 5.0]),)
want = np.array([12.0, 0.0])
