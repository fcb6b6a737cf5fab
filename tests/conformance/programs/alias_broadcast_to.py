"""aliases: np.broadcast_to repeats an array; sums of it go back to each item"""

import numpy as np
from numba import njit


@njit
def f(x):
    B = np.broadcast_to(x, (3, x.size))
    s = 0.0
    for i in range(3):
        s += B[i, 0] * B[i, 1] * (i + 1)
    return s


args = (np.array([2.0, 3.0]),)
want = np.array([18.0, 12.0])
