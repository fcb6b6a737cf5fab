"""aliases: compiled for float64[:] alone, ravel copies what is in C's order: written, refused"""

import numpy as np
from numba import njit

from fastad import grad


@njit("float64(float64[:])")
def copied(x):
    y = x.ravel()
    y[0] = 5.0 * x[1]
    return x[0] * y[0]


@njit("float64[:](float64[:])")
def flat(x):
    return np.ravel(x)


@njit
def given_back(x):
    y = flat(x)
    y[0] = 5.0 * x[1]
    return x[0] * y[0]


@njit("float64(float64[::1])")
def viewed(x):
    y = x.ravel()
    y[0] = 5.0 * x[1]
    return x[0] * y[0]


@njit("float64(float64[:,:])")
def read(x):
    y = np.zeros(2)
    y[1] = x.ravel()[1] ** 2
    return y[1]


def custom(mode):
    x = np.array([1.0, 2.0])
    r = grad(viewed, mode=mode)(x)
    yield "in C's order", np.allclose(r, [0.0, 100.0]), r
    r = grad(read, mode=mode)(x.reshape(1, 2))
    yield "read alone", np.allclose(r, [[0.0, 4.0]]), r
    for f in (copied, given_back):
        try:
            r = grad(f, mode=mode)(x)
            yield "a number", False, r
        except TypeError as e:
            own = "ravel returns" in str(e) or mode in ("forward", "tape")
            yield "own words", own, str(e)
