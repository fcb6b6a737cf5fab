"""checkpoint: a loop over checkpoint with an array as its state"""

import math

import numpy as np
from numba import njit

import fastad


@njit
def f(x):
    y = x.copy()
    s = 0.0
    for t in fastad.checkpoint(20):
        for i in range(1, y.size):
            y[i] = y[i] * 0.9 + 0.1 * math.sin(y[i - 1])
        s += y[-1] * y[0]
    return s


args = (np.array([0.5, 1.0, 2.0]),)
