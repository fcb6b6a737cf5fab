"""unpacked, and used by field"""

from collections import namedtuple

import numpy as np
from numba import njit

P = namedtuple("P", "k b")


@njit
def f(x, p):
    k, _ = p
    return k * x[0] + p.b[0] * x[1]


args = (np.array([1.0, 2.0]), P(3.0, np.array([0.5, 0.5])))
want = np.array([3.0, 0.5])
