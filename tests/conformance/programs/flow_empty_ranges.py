"""control flow: ranges without iterations, by data and by constants"""

import numpy as np
from numba import njit


@njit
def f(x, n):
    s = x[0]
    for i in range(n, 0):
        s *= 100.0
    for i in range(0, -3):
        s *= 100.0
    for i in range(3, 3):
        s *= 100.0
    for i in range(0, n, -1):
        s *= 100.0
    for i in range(n):
        for j in range(i, 0):
            s *= 100.0
        s = s * x[1]
    return s


points = [
    ((np.array([2.0, 3.0]), 2), np.array([9.0, 12.0])),
    ((np.array([2.0, 3.0]), 0), np.array([1.0, 0.0])),
]
