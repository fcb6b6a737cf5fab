"""integers: a function that returns an int has no derivative, and fastad says so"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x):
    return int(x[0] * 2.0)


def custom(mode):
    try:
        r = grad(f, mode=mode)(np.array([1.5]))
        yield "a number", False, r
    except TypeError as e:
        yield "own words", "f" in str(e) and "int" in str(e), f"{type(e).__name__}: {e}"
