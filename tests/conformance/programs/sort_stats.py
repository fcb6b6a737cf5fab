"""sort, median (even), argmax, percentile-free"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = np.sort(x)
    return s[0] * 2 + s[-1] * s[-1] + np.median(x) * 4 + x[np.argmax(x)] + x[np.argsort(x)[1]]


args = (np.array([3.0, -1.0, 2.0, 10.0]),)
want = np.array([2.0, 2.0, 2.0 + 1.0, 21.0])
