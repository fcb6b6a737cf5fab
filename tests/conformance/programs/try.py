"""try/except inside"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0.0
    try:
        for v in x:
            if v < 0:
                raise ValueError("negative")
            s += math.sqrt(v)
    except Exception:
        s = 2.0 * s
    return s


points = [
    ((np.array([4.0, 1.0]),), np.array([0.25, 0.5])),
    ((np.array([4.0, -1.0]),), np.array([0.5, 0.0])),
]
