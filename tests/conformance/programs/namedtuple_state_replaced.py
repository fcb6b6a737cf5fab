"""NamedTuple: a state made anew in a loop"""

from typing import NamedTuple

import numpy as np
from numba import njit


class State(NamedTuple):
    q: float
    p: float


@njit
def f(x):
    s = State(x[0], x[1])
    for _ in range(4):
        s = State(s.q + 0.1 * s.p, s.p - 0.1 * s.q**3)
    return s.q * s.p


args = (np.array([0.5, 1.0]),)
