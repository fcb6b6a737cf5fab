"""control flow: while True with two breaks and a counter used after"""

import numpy as np
from numba import njit


@njit
def f(x):
    k = 0
    s = 1.0
    while True:
        if k == x.size:
            break
        s *= x[k]
        if s > 2.0:
            s = s * x[0]
            break
        k += 1
    return s * k


points = [((np.array([0.5, 1.5, 4.0, 7.0]),), None), ((np.array([0.5, 1.5]),), None)]
