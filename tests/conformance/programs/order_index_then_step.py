"""order of evaluation: x[k[0]] * step(k), then step(k) * x[k[0]]"""

import numpy as np
from numba import njit


@njit
def step(k):
    k[0] += 1
    return 1.0 * k[0]


@njit
def f(x):
    k = np.zeros(1, np.int64)
    return x[k[0]] * step(k) + 10.0 * (step(k) * x[k[0]] ** 2)


args = (np.array([2.0, 3.0, 4.0]),)
want = np.array([1.0, 0.0, 10.0 * 2 * 2 * 4.0])
