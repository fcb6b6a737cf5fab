"""DifferentiationInterface: a strided part and a transpose as arguments"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x, A):
    return np.sum(x * A[0]) + A[1, 0] * x[1] ** 2


argnums = (0, 1)


def custom(mode):
    g = grad(f, (0, 1), mode=mode)
    x = np.arange(6.0)[::3]
    A = np.array([[1.0, 3.0], [2.0, 4.0]]).T
    r = g(x, A)
    yield "x", np.allclose(r[0], [1.0, 2.0 + 2 * 3.0 * 3.0]), r[0]
    yield "A", np.allclose(r[1], [[0.0, 3.0], [9.0, 0.0]]), r[1]
