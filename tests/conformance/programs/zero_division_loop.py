"""1/x[i] in a summing loop at x[i] = 0: f raises ZeroDivisionError; its gradient?"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x):
    s = 0.0
    for i in range(x.size):
        s += 1.0 / x[i]
    return s


def custom(mode):
    x = np.array([1.0, 0.0, 2.0])
    try:
        f(x)
        yield "f itself", False, "did not raise"
    except ZeroDivisionError:
        yield "f itself", True, "raises"
    try:
        r = grad(f, mode=mode)(x)
        yield mode, False, f"returned {r}"
    except ZeroDivisionError:
        yield mode, True, "raises ZeroDivisionError"
