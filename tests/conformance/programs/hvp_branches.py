"""hvp and hessian of a function with branches, in every mode"""

import math

import numpy as np
from numba import njit

from fastad import hessian, hvp


@njit
def f(x):
    s = 0.0
    for i in range(x.size):
        if x[i] > 0:
            s += x[i] ** 3
        elif x[i] < -1:
            s += math.exp(x[i]) * x[0]
        else:
            s += x[i] * x[(i + 1) % x.size]
    return s


def custom(mode):
    x = np.array([2.0, -2.0, -0.5])
    # s = x0^3 + exp(x1) x0 + x2 x0
    e = math.exp(-2.0)
    H = np.array([[12.0, e, 1.0], [e, e * 2.0, 0.0], [1.0, 0.0, 0.0]])
    v = np.array([1.0, -2.0, 0.5])
    try:
        r = hvp(f, mode=mode)(x, v)
        yield mode + " hvp", np.allclose(r, H @ v), r
        r = hessian(f, mode=mode)(x)
        yield mode + " hessian", np.allclose(r, H), r
    except Exception as e2:
        yield mode, False, f"{type(e2).__name__}: {str(e2)[:300]}"
