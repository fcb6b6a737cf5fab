"""raise, assert, print in the function"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x):
    assert x.size > 1, "too short"
    if x[0] < 0.0:
        raise ValueError("negative first item")
    print("x0 is", x[0])
    return x[0] * x[1]


def custom(mode):
    g = grad(f, mode=mode)
    for a, w in (
        (np.array([2.0, 3.0]), [3.0, 2.0]),
        (np.array([-2.0, 3.0]), ValueError),
        (np.array([2.0]), AssertionError),
    ):
        try:
            r = g(a)
            yield f"{mode} {a}", isinstance(w, list) and np.allclose(r, w), r
        except Exception as e:
            yield f"{mode} {a}", w is type(e), f"{type(e).__name__}: {str(e)[:300]}"
