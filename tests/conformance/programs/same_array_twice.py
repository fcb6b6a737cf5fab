"""one array given for two arguments, by both"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x, y):
    s = 0.0
    for i in range(x.size):
        s += x[i] * y[i] * y[i]
    return s


argnums = (0, 1)
_x = np.array([1.0, 2.0, 3.0])
args = (_x, _x)
want = (_x**2, 2 * _x**2)


def custom(mode):
    g = grad(f, (0, 1), mode=mode)
    x = _x.copy()
    r = g(x, x)
    yield mode, np.allclose(r[0], _x**2) and np.allclose(r[1], 2 * _x**2), r

    @njit
    def c(a):
        return g(a, a)

    r = c(x)
    yield mode + " njit", np.allclose(r[0], _x**2) and np.allclose(r[1], 2 * _x**2), r
