"""control flow: a step that is an argument, positive and negative"""

import numpy as np
from numba import njit


@njit
def f(x, a, b, c):
    s = 1.0
    for i in range(a, b, c):
        s = s * x[i] + i
    return s


_x = np.array([0.5, 1.0, 2.0, 3.0])
points = [
    ((_x, 0, 4, 1), None),
    ((_x, 3, -1, -1), None),
    ((_x, 0, 4, 3), None),
    ((_x, 3, 0, -2), None),
]
