"""aliases: buffers swapped by a third name, an odd number of times, both read after"""

import numpy as np
from numba import njit


@njit
def f(x, n):
    old = x.copy()
    new = x * 2.0
    for t in range(n):
        new[0] = old[1] * old[0]
        new[1] = old[0] + new[1]
        tmp = old
        old = new
        new = tmp
    return old[0] * new[1] + new[0]


points = [((np.array([1.5, 2.0]), n), None) for n in (0, 1, 2, 3)]
