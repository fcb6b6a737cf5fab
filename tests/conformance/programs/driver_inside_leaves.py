"""nested: a driver's function writes into an argument what the way out depends on: refused"""

import numpy as np
from numba import njit

import fastad


@njit
def leaves(v, w):
    w[1] = v[0] * w[0]
    return np.sum(v * v) * w[1]


@njit
def scratch(v):
    w = np.zeros(2)
    w[1] = v[0]
    v[0] = 2.0
    return np.sum(v * v) * w[1]


of_leaves, of_scratch = fastad.grad(leaves), fastad.grad(scratch)


@njit
def left(x):
    w = np.array([2.0, 3.0])
    g = of_leaves(x.copy(), w)
    return g[1] * w[1]


@njit
def own(x):
    return of_scratch(x)[0]


@njit
def passed(x, w):
    return of_leaves(x, w)[0]


def custom(mode):
    x = np.array([2.0, 3.0])
    try:
        r = fastad.grad(left, mode=mode)(x)
        yield "a number", False, r
    except TypeError as e:
        yield "own words", "argument 'w'" in str(e), str(e)
    # (4 + x1^2) x0 by x0 is 4 + x1^2
    if mode == "forward":
        r = fastad.grad(own, mode=mode)(x)
        yield "a copy", np.allclose(r, [0.0, 6.0]), r
        work = fastad.grad(passed, mode=mode)(x, np.array([2.0, 3.0]))
        # 6 x0^2 + 2 x1^2, of 2 x0 (x0^2 + x1^2)
        yield "nobody reads it", np.allclose(work, [12.0 * x[0], 4.0 * x[1]]), work
