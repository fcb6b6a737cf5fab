"""Members of an enumeration are data: an argument, a variable, a constant that is compared."""

import enum

import numpy as np
from numba import njit


class Kind(enum.Enum):
    SMALL = 1
    LARGE = 2


class Whole(enum.IntEnum):
    ONE = 1
    TWO = 2


@njit
def kind_of(v):
    if v > 0.5:
        return Kind.LARGE
    return Kind.SMALL


@njit
def f(x, given):
    kind, s = Kind.SMALL, 0.0
    if x[0] > 0.2:
        kind = Kind.LARGE
    if kind == Kind.LARGE:
        s += x[0] ** 2
    for i in range(x.size):
        if kind_of(x[i]) == Kind.LARGE:
            s += x[i] ** 3 * (2.0 if i + 1 >= Whole.TWO else 1.0)
        elif given is Kind.SMALL:
            s += x[i] * s
    return s


args = (np.array([0.3, 0.6, 0.1, 0.9]), Kind.SMALL)
argnums = (0,)
