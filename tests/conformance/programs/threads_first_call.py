"""threads: the first call of a new driver by eight threads at once"""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from fastad import grad


@njit(nogil=True)
def f(x):
    s = 1.0
    for v in x:
        s = s * v + math.sin(s)
    return s


def custom(mode):
    xs = [np.linspace(0.1, 1.0, 5) + 0.01 * k for k in range(8)]
    g = grad(f, mode=mode)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(g, xs))
    alone = grad(f, mode=mode)
    for k, x in enumerate(xs):
        yield f"{k}", np.array_equal(got[k], alone(x)), got[k]
