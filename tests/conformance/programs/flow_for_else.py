"""control flow: the else of a for with a break by data"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0.0
    for v in x:
        if v < 0.0:
            s = s * v
            break
        s += v * v
    else:
        s = 3.0 * s
    return s


points = [
    ((np.array([1.0, 2.0]),), np.array([6.0, 12.0])),
    ((np.array([1.0, -2.0]),), np.array([-4.0, 1.0])),
]
