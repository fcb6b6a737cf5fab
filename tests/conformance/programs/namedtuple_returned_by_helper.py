"""NamedTuple: returned by a helper, its fields used in a loop"""

from typing import NamedTuple

from numba import njit


class Pair(NamedTuple):
    value: float
    slope: float


@njit
def poly(x, c):
    return Pair(c * x**2, 2.0 * c * x)


@njit
def f(x, c):
    s = 0.0
    for k in range(3):
        p = poly(x + k, c)
        s += p.value * p.slope
    return s


argnums = (0, 1)
args = (0.5, 1.5)
