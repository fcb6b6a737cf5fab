"""names: k_before beside a counter k"""

import numpy as np
from numba import njit


@njit
def f(x):
    k_before = 1.0
    s = 0.0
    k = 0
    while k < x.size:
        s += x[k] * k_before
        k_before = x[k] * x[k]
        k += 1
    return s


args = (np.array([0.5, 2.0, 3.0]),)
# x0 + x1 x0^2 + x2 x1^2
want = np.array([1.0 + 2 * 0.5 * 2.0, 0.25 + 12.0, 4.0])
