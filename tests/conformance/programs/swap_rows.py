"""rows swapped by views without a copy (NumPy's pitfall) and with copies"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    for j in range(y.shape[1]):
        t = y[0, j]
        y[0, j] = y[1, j]
        y[1, j] = t * t
    r = y[0].copy()
    y[0] = y[2]
    y[2] = r
    s = 0.0
    for i in range(3):
        for j in range(2):
            s += y[i, j] * (2 * i + j + 1)
    return s


# after loop: y0=x1, y1=x0², y2=x2 ; swap: y0=x2,y1=x0²,y2=x1
_x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
args = (_x,)
want = np.array([[2 * 1 * 3.0, 2 * 2 * 4.0], [5.0, 6.0], [1.0, 2.0]])
