"""results: a function that returns nothing has no derivative, and fastad says so"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x):
    x[0] = 1.0


def custom(mode):
    try:
        r = grad(f, mode=mode)(np.array([1.5]))
        yield "a number", False, r
    except TypeError as e:
        yield "own words", "fastad" in str(e) or "returns" in str(e), f"{type(e).__name__}: {e}"
