"""many threads call one driver; prange calls it"""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit, prange

from fastad import grad


@njit(nogil=True)
def f(x):
    y = np.empty_like(x)
    y[0] = x[0]
    for i in range(1, x.size):
        y[i] = y[i - 1] * math.cos(x[i]) + x[i]
    return np.sum(y * y)


def custom(mode):
    rng = np.random.default_rng(0)
    xs = rng.normal(size=(64, 50))
    g = grad(f, mode=mode)
    want = np.array([g(x) for x in xs])
    with ThreadPoolExecutor(4) as p:
        got = np.array(list(p.map(g, xs)))
    yield mode + " threads", np.array_equal(got, want), np.abs(got - want).max()

    @njit(parallel=True)
    def par(xs):
        out = np.empty_like(xs)
        for i in prange(xs.shape[0]):
            out[i] = g(xs[i])
        return out

    got = par(xs)
    yield mode + " prange", np.array_equal(got, want), np.abs(got - want).max()
    with ThreadPoolExecutor(4) as p:  # first compile by several threads at once
        h = grad(f, mode=mode)
        got = np.array(list(p.map(h, xs)))
    yield mode + " cold threads", np.array_equal(got, want), np.abs(got - want).max()
