"""tuples: a tuple in a tuple, unpacked at once"""

import numpy as np
from numba import njit


@njit
def f(x):
    t = ((x[0], x[1] * 2.0), x[2])
    (a, b), c = t
    d = t[0][1]
    return a * b + c * d


args = (np.array([2.0, 3.0, 5.0]),)
# 2 x0 x1 + 2 x1 x2
want = np.array([6.0, 4.0 + 10.0, 6.0])
