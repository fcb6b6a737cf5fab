"""DifferentiationInterface: called twice with one cache, both calls are right"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x, cache):
    cache[0] += 1.0
    cache[1] = x[0] * x[1] * cache[0]
    return cache[1]


def custom(mode):
    g = grad(f, mode=mode)
    cache = np.zeros(2)
    x = np.array([2.0, 3.0])
    first = g(x, cache)
    yield "first", np.allclose(first, [3.0, 2.0]), first
    yield "after", np.allclose(cache, [1.0, 6.0]), cache
    second = g(x, cache)
    yield "second", np.allclose(second, [6.0, 4.0]), second
