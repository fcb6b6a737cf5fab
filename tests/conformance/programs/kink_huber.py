"""special points: Huber's loss at its knees, inside, outside"""

import numpy as np
from numba import njit


@njit
def f(r, d):
    s = 0.0
    for v in r:
        a = abs(v)
        if a <= d:
            s += 0.5 * v * v
        else:
            s += d * (a - 0.5 * d)
    return s


args = (np.array([0.5, 2.0, -3.0, 0.0, 1.0]), 1.0)
want = np.array([0.5, 1.0, -1.0, 0.0, 1.0])
smooth = False
