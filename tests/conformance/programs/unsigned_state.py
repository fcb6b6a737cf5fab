"""integers: the 64 bits of a generator of random numbers, which are kept for the way back"""

import numpy as np
from numba import njit

FIRST = np.uint64(12345)
BY, MORE = np.uint64(6364136223846793005), np.uint64(1442695040888963407)
PART = 2.0**-64


@njit
def f(x, u):
    s = 1.0
    for i in range(6):
        u = u * BY + MORE
        s = s * x[i % 3] * (u * PART) + x[0]
    return s


def gradient(x):
    """Return the gradient by the product rule, the state in Python's integers."""
    u, s, s_dot = int(FIRST), 1.0, np.zeros(3)
    for i in range(6):
        u = (u * int(BY) + int(MORE)) % 2**64
        s_dot = s_dot * x[i % 3] * (u * PART)
        s_dot[i % 3] += s * (u * PART)
        s_dot[0] += 1.0
        s = s * x[i % 3] * (u * PART) + x[0]
    return s_dot


args = (np.array([0.7, -1.3, 2.1]), FIRST)
want = gradient(args[0])
smooth = False
