"""module globals named like generated helpers"""

import math

import numpy as np
from numba import njit

cos_ = 3.0
base_zero = 2.0
nonzero = 4.0
room = 5.0
seed_unit_ = 7.0


@njit
def stack_(v):
    return v * v


@njit
def f(x):
    return (
        math.sin(x[0]) * cos_ + base_zero * x[1] ** 3 + nonzero * stack_(x[0]) * room + seed_unit_
    )


args = (np.array([0.5, 2.0]),)
want = np.array([3 * math.cos(0.5) + 40 * 0.5, 24.0])
