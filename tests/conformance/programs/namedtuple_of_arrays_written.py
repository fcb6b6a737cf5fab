"""NamedTuple: arrays of a NamedTuple made inside, written by field"""

from typing import NamedTuple

import numpy as np
from numba import njit


class Work(NamedTuple):
    a: np.ndarray
    b: np.ndarray


@njit
def f(x):
    w = Work(x * 1.0, np.zeros(x.size))
    for i in range(x.size):
        w.b[i] = w.a[i] * w.a[0]
        w.a[i] += w.b[i]
    return np.sum(w.a * w.b)


args = (np.array([0.5, 1.0]),)
