"""control flow: a loop without iterations leaves the variable as it was"""

import numpy as np
from numba import njit


@njit
def f(x, n):
    s = x[0]
    i = 2
    for i in range(n):
        s = s * x[i]
    return s * x[i]


points = [
    ((np.array([2.0, 3.0, 5.0]), 0), np.array([5.0, 0.0, 2.0])),
    ((np.array([2.0, 3.0, 5.0]), 2), np.array([36.0, 24.0, 0.0])),
]
