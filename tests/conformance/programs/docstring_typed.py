"""annotations, docstring, decorators around, default of an array type"""

import numpy as np
from numba import njit


def wrap(fn):
    import functools

    @functools.wraps(fn)
    def inner(*a, **k):
        return fn(*a, **k)

    return inner


def f0(x: np.ndarray, k: float = 2.0) -> float:
    """A documented function.

    def not_code(): return 0
    """
    # a comment: return x[0]
    total: float = 0.0
    for v in x:  # type: float
        total += k * v * v
    return total


f = njit(f0)
points = [((np.array([1.0, 2.0]),), np.array([4.0, 8.0]))]
