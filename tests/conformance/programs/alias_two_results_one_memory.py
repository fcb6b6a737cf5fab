"""aliases: f returns one array twice"""

import numpy as np
from numba import njit

from fastad import vjp


@njit
def f(x):
    y = x * x
    return y, y[::-1]


kind = "vjp"


def make(mode):
    g = vjp(f, mode=mode)

    @njit
    def back(x, v, w):
        return g(x, (v, w))[1]

    return back


args = (np.array([1.0, 2.0]), np.array([1.0, 0.0]), np.array([0.0, 10.0]))
want = np.array([2.0 * 11.0, 0.0])
no_njit = True
