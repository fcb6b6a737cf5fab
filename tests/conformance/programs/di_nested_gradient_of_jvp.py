"""DifferentiationInterface: reverse over forward, the gradient of a directional derivative"""

import numpy as np
from numba import njit

from fastad import grad, jvp


@njit
def f(x):
    return x[0] ** 2 * x[1] ** 3


def make(mode):
    inner = jvp(f, mode=mode)

    @njit
    def slope(x, v):
        return inner(x, v)[1]

    return grad(slope, mode=mode)


_H = np.array([[2 * 27.0, 6 * 2 * 9.0], [6 * 2 * 9.0, 6 * 4 * 3.0]])
args = (np.array([2.0, 3.0]), np.array([1.0, 0.5]))
want = _H @ np.array([1.0, 0.5])
