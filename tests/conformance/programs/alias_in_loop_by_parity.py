"""aliases: a name bound to one array or another by the parity of the counter"""

import numpy as np
from numba import njit


@njit
def f(x):
    a = x.copy()
    b = x * x
    for i in range(4):
        c = a if i % 2 == 0 else b
        c[i % x.size] += a[0] * b[1]
        c *= 0.7
    return np.sum(a * b)


args = (np.array([1.0, 0.5, 2.0]),)
