"""a name of the user that begins with a word of the generated code, growing in a loop"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    total = 0.0
    for i in range(x.size):
        turns = 1
        s = x[i]
        for j in range(6):
            turns += 100
            for k in range(turns):
                s = math.sin(s)
        total += s
    return total


def _d(v):
    d = 1.0
    turns = 1
    for j in range(6):
        turns += 100
        for k in range(turns):
            d *= math.cos(v)
            v = math.sin(v)
    return d


args = (np.linspace(0.1, 1.0, 20),)
want = np.array([_d(v) for v in args[0]])
