"""while/break/continue/else and early return"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0.0
    i = 0
    while True:
        if i >= x.size:
            break
        if x[i] < 0.0:
            i += 1
            continue
        s += x[i] * x[i]
        if s > 20.0:
            break
        i += 1
    else:
        s = -1.0
    for j in range(x.size):
        if x[j] > 100.0:
            return s * x[j]
    else:
        s = s * x[0]
    return s


points = [
    (
        (np.array([2.0, -1.0, 3.0, 4.0, 5.0]),),
        np.array([2 * 2 * 2 + (4 + 9 + 16.0), 0, 2 * 3 * 2, 2 * 4 * 2, 0]),
    ),
    ((np.array([1.0, 101.0, 2.0]),), np.array([2 * 101.0, (1 + 101**2.0) + 2 * 101.0 * 101, 0.0])),
]
all_njit = True
