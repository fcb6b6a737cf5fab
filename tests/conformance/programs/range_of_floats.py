"""A range of floats, which Numba truncates: half an iteration is none, there and back."""

import math

import numpy as np
from numba import njit


@njit
def f(x, n):
    s = x[3]
    for i in range(n):
        s += x[i] * x[i]
    return s * s + math.exp(s) * n


args = (np.array([1.0, 0.2, 0.3, 0.4]), 0.5)
argnums = (0, 1)
want = (np.array([0.0, 0.0, 0.0, 0.8 + 0.5 * math.exp(0.4)]), math.exp(0.4))
smooth = False  # Python refuses it
