"""a plain Python function that functools.wraps a njit, functools.partial, a method"""

import functools

import numpy as np
from numba import njit

from fastad import grad


@njit
def base(x, k):
    return k * x * x


part = functools.partial(base, k=3.0)


class M:
    def __init__(self):
        self.k = 3.0

    def energy(self, x):
        return self.k * x * x

    @staticmethod
    def st(x):
        return 3.0 * x * x


def custom(mode):
    for nm, fn in (
        ("partial", part),
        ("method", M().energy),
        ("staticmethod", M.st),
        ("lambda calling", lambda x: base(x, 3.0)),
        ("np.vectorize", np.vectorize(lambda x: 3.0 * x * x)),
    ):
        try:
            r = grad(fn, mode=mode)(2.0)
            yield f"{mode} {nm}", np.isclose(r, 12.0), r
        except Exception as e:
            yield f"{mode} {nm}", False, f"{type(e).__name__}: {str(e)[:300]}"
