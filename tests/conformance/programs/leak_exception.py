"""stan PR#548: a raise in a helper with arrays alive, then a good call"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def helper(y, i):
    if y[i] > 1e6:
        raise ValueError("overflow")
    return y[i] * 2.0


@njit
def f(x):
    y = x * x
    s = 0.0
    for i in range(x.size):
        s += helper(y, i)
    return s


def custom(mode):
    g = grad(f, mode=mode)
    for k in range(3):
        try:
            g(np.array([1.0, 1e4]))
            yield f"{mode} raise", False, "no error"
        except ValueError as e:
            yield f"{mode} raise", "overflow" in str(e), str(e)
        except Exception as e:
            yield f"{mode} raise", False, f"{type(e).__name__}: {str(e)[:200]}"
        r = g(np.array([1.0, 2.0]))
        yield f"{mode} after", np.allclose(r, [4.0, 8.0]), r
