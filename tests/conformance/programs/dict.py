"""a dict of active numbers inside"""

import numpy as np
from numba import njit


@njit
def f(x):
    d = {0: x[0] * x[0]}
    d[1] = x[1] * d[0]
    return d[1] + d[0]


args = (np.array([2.0, 3.0]),)
want = np.array([4 * 3 + 4.0, 4.0])
