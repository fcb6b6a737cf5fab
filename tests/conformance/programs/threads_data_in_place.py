"""threads: calls at once with work arrays of their own"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from fastad import grad


@njit(nogil=True)
def f(x, work):
    for i in range(x.size):
        work[i] = x[i] * x[i]
    s = 0.0
    for i in range(x.size):
        s += work[i] * work[0]
    return s


def custom(mode):
    g = grad(f, mode=mode)
    x = np.array([1.0, 2.0, 3.0])
    right = np.array([2 * 14.0 + 2.0, 4.0, 6.0])
    g(x, np.zeros(3))
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda k: g(x, np.zeros(3)), range(50)))
    yield "all", all(np.allclose(r, right) for r in got), got[0]
