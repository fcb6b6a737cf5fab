"""drivers inside: Newton's steps with a Jacobian by fastad, by a parameter"""

import math

import numpy as np
from numba import njit

from fastad import jacobian


@njit
def equations(x, p):
    return np.array([x[0] ** 2 - p, x[0] * x[1] - 1.0])


_jacobian = jacobian(equations)


@njit
def f(p):
    x = np.array([1.0, 1.0])
    for _ in range(7):
        x = x - np.linalg.solve(_jacobian(x, p), equations(x, p))
    return x[0] + x[1]


args = (2.0,)
want = 0.5 / math.sqrt(2.0) - 0.5 / (2.0 * math.sqrt(2.0))
