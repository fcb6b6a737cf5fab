"""a NamedTuple of active numbers made inside"""

from collections import namedtuple

import numpy as np
from numba import njit

P = namedtuple("P", "k b")


@njit
def energy(p, x):
    return p.k * (x - p.b) ** 2


@njit
def f(x):
    p = P(x[0], x[1] * 2)
    q = (p.k, p.b, x[2])
    return energy(p, 3.0) + q[2] * q[0]


args = (np.array([2.0, 0.5, 7.0]),)
want = np.array([4.0 + 7.0, -2 * 2 * 2 * 2.0, 2.0])
