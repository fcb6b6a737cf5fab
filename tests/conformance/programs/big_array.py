"""a million numbers; deep recursion of arithmetic"""

import math

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x):
    s = 0.0
    for i in range(x.size):
        s = 0.999 * s + math.sin(x[i]) * x[i]
    return s


def custom(mode):
    import time

    x = np.linspace(0, 3, 1_000_000)
    w = (0.999 ** np.arange(x.size)[::-1]) * (np.sin(x) + x * np.cos(x))
    g = grad(f, mode=mode)
    g(x[:10])
    t = time.time()
    r = g(x)
    t = time.time() - t
    yield mode, np.allclose(r, w), f"{t:.3f}s {g.mode}"
