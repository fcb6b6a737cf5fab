"""a generator function consumed in a loop"""

import numpy as np
from numba import njit


@njit
def gen(x):
    for v in x:
        yield v * v


@njit
def f(x):
    s = 0.0
    for v in gen(x):
        s += v
    return s


args = (np.array([1.0, 2.0]),)
want = np.array([2.0, 4.0])
