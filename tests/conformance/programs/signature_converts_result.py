"""signatures: what a function returns becomes an integer, or float32, by its signature: refused"""

import numpy as np
from numba import njit

from fastad import grad


@njit("int64(float64)")
def whole(a):
    return a * 2.7


@njit("float64(int64)")
def factorial(n):
    r = 1
    for k in range(2, n + 1):
        r *= k
    return r


@njit("int32(float64)")
def sign_of(a):
    return 1 if a > 0.0 else -1


@njit("float64(float64)")
def doubled(a):
    return 2.0 * a


@njit
def of_whole(x):
    return whole(x[0]) * x[1]


@njit
def of_factorial(x):
    return factorial(20) ** 2 * x[0]


@njit("float32(float64[:])")
def single(x):
    return x[0] * x[1]


@njit
def kept(x):
    return sign_of(x[0]) * doubled(x[1]) * x[0]


def custom(mode):
    x = np.array([2.0, 3.0])
    r = grad(kept, mode=mode)(x)
    yield "as it is", np.allclose(r, [6.0, 4.0]), r
    for f in (of_whole, single):
        try:
            r = grad(f, mode=mode)(x)
            yield "a number", False, r
        except TypeError as e:
            own = "its signature makes" in str(e) or mode in ("forward", "tape")
            yield "own words", own, str(e)
    try:
        r = grad(of_factorial, mode=mode)(x)
        yield "in floats", np.allclose(r, [float(factorial.py_func(20)) ** 2, 0.0]), r
    except TypeError as e:
        yield "own words", "its signature makes" in str(e), str(e)
