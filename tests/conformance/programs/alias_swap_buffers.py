"""aliases: two buffers swapped in a loop"""

import numpy as np
from numba import njit


@njit
def f(x):
    a = x.copy()
    b = np.zeros_like(x)
    for t in range(3):
        for i in range(1, a.size - 1):
            b[i] = 0.5 * (a[i - 1] + a[i + 1]) * a[i]
        a, b = b, a
    return np.sum(a) + b[1] * b[2]


args = (np.array([1.0, 2.0, 0.5, 1.5]),)
