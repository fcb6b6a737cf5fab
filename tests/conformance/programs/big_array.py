"""a million numbers, each in all that follow"""

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

    n = 1_000 if mode == "forward" else 1_000_000  # its passes are n / 8
    x = np.linspace(0, 3, n)
    w = (0.999 ** np.arange(x.size)[::-1]) * (np.sin(x) + x * np.cos(x))
    g = grad(f, mode=mode)
    g(x[:10])
    t = time.time()
    r = g(x)
    t = time.time() - t
    yield mode, np.allclose(r, w), f"{t:.3f}s {g.mode}"
