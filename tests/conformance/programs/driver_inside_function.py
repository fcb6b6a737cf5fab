"""drivers inside: f calls a gradient, and is differentiated itself"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def potential(x):
    return x[0] ** 2 * x[1] + x[1] ** 3


_force = grad(potential)


@njit
def f(x):
    g = _force(x)
    return g[0] * g[0] + g[1]


# (2 x0 x1)^2 + x0^2 + 3 x1^2
args = (np.array([1.0, 2.0]),)
want = np.array([8 * 4.0 + 2.0, 8 * 2.0 + 12.0])
