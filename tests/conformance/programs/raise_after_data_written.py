"""raises: after the exception the next call is right"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x, n):
    y = x * x
    for i in range(n):
        if i == 3:
            raise RuntimeError("too many")
        y[0] *= x[1]
    return y[0]


def custom(mode):
    g = grad(f, mode=mode)
    x = np.array([2.0, 3.0])
    for n, right in ((1, [12.0, 4.0]), (5, None), (2, [36.0, 24.0]), (5, None), (0, [4.0, 0.0])):
        try:
            r = g(x, n)
            yield f"{n}", right is not None and np.allclose(r, right), r
        except RuntimeError as e:
            yield f"{n}", right is None and "too many" in str(e), e
