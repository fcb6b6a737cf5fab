"""the gradient of the sum of a gradient: row sums of the Hessian; mixed modes"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x):
    s = 0.0
    for i in range(x.size - 1):
        s += x[i] ** 2 * x[i + 1] ** 3
    return s


def over(inner, outer):
    g = grad(f, mode=inner)

    @njit
    def s(x):
        return np.sum(g(x))

    return grad(s, mode=outer)


def custom(mode):
    x = np.array([1.0, 2.0, -1.0])
    a, b, c = x
    H = np.array(
        [
            [2 * b**3, 6 * a * b * b, 0],
            [6 * a * b * b, 6 * a * a * b + 2 * c**3, 6 * b * c * c],
            [0, 6 * b * c * c, 6 * b * b * c],
        ]
    )
    for inner in ("auto", "tape"):
        try:
            r = over(inner, mode)(x)
            yield f"{mode} over {inner}", np.allclose(r, H.sum(0)), r
        except Exception as e:
            yield f"{mode} over {inner}", False, f"{type(e).__name__}: {str(e)[:300]}"
