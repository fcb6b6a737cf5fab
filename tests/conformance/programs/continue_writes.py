"""while in for with continue, writes before and after it"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = np.zeros_like(x)
    s = 0.0
    for i in range(x.size):
        k = i
        while k < x.size:
            y[k] += x[i] * 0.5
            k += 1
            if x[k - 1] < 0.0:
                continue
            s += y[k - 1] * x[k - 1]
            y[k - 1] = s * 0.1
            if s > 2.0:
                break
    return s + np.sum(y)


args = (np.array([0.5, -1.0, 0.7, 1.3]),)
