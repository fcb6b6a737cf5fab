"""a NamedTuple with int fields called size and shape, negative, used as index"""

from collections import namedtuple

import numpy as np
from numba import njit

P = namedtuple("P", "size shape")


@njit
def f(x, p):
    s = 0.0
    for i in range(3):
        s += x[p.size] * x[i] + x[p.shape[0]]
    return s


_x = np.array([1.0, 2.0, 3.0])
args = (_x, P(-1, (-2, 0)))
want = np.array([3.0, 3.0 + 3.0, 3.0 + 6.0])
