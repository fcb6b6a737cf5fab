"""evaluation order: the fields of a named tuple are evaluated in the order of the call"""

from collections import namedtuple

import numpy as np
from numba import njit

Pair = namedtuple("Pair", "a b")


@njit
def bump(y):
    y[0] += 1.0
    return y[0] * 2.0


@njit
def product(p):
    return p.a * p.b


@njit
def f(x):
    y = x * 1.0
    p = Pair(b=bump(y), a=y[0])
    return p.a * p.b + product(Pair(b=y[0], a=bump(y)))


# 2 (x + 1)^2 + 2 (x + 2) (x + 1)
args = (np.array([3.0, 1.0]),)
want = np.array([4.0 * 4.0 + 2.0 * (4.0 + 5.0), 0.0])
