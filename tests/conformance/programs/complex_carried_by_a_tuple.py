"""complex numbers in tuples that helpers return, and swapped in a loop"""

import numpy as np
from numba import njit


@njit
def both(a, b):
    d = np.sqrt(a * a - b + 0j)
    return a + d, a - d


@njit
def f(x):
    u, v = both(x[0], x[1])
    state = (u, 1.0, v)
    for k in range(3):
        u, v = v, u * state[0] + k
        state = (v, state[1] * x[1], u)
    return abs(u) + v.imag * state[1]


args = (np.array([0.4, 0.9]),)
