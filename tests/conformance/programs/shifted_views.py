"""out[i] = inp[i] * 2 over overlapping views in a loop that might be taken as independent"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    out = y[1:]
    inp = y[:-1]
    for i in range(inp.size):
        out[i] = inp[i] * inp[i] + 0.1
    s = 0.0
    for i in range(out.size):
        s += out[i] * inp[i]
    return s


args = (np.array([0.5, -1.0, 0.7, 0.3]),)
