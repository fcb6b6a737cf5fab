"""s = max(s, x[i]) + x[i]; running max and its place used after"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = -5.0
    m = -1e30
    at = -1
    t = 0.0
    for i in range(x.size):
        s = max(s, x[i] * x[i]) + x[i]
        if x[i] > m:
            m = x[i]
            at = i
        t += m * x[at]
    return s + t * x[at] + m


args = (np.array([0.5, 1.0, 0.7, 1.3]),)
