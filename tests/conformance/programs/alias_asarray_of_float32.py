"""aliases: np.asarray with a dtype copies float32, and float64 not: written, that is refused"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def to_double(x):
    y = np.asarray(x, np.float64)
    y[0] = x[1] * x[1]
    return x[0] * y[2] + y[0] * x[2]


@njit
def to_own(x):
    y = np.asarray(x, dtype=x.dtype)
    y[0] = x[1] * x[1]
    return x[0] * y[2] + y[0] * x[2]


@njit
def inside(x):
    return to_double(x[::1])


def custom(mode):
    x = np.array([1.0, 2.0, 3.0])
    want = np.array([0.0, 24.0, 8.0])
    r = grad(to_double, mode=mode)(x)
    yield "float64", np.allclose(r, want), r
    r = grad(to_own, mode=mode)(x.astype(np.float32))
    yield "its own type", np.allclose(r, want), r
    for f in (to_double, inside):
        try:
            r = grad(f, mode=mode)(x.astype(np.float32))
            yield "a number", False, r
        except TypeError as e:
            yield "own words", "np.asarray" in str(e), str(e)
