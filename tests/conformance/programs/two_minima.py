"""two smallest by hand (carried pair)"""

import numpy as np
from numba import njit


@njit
def f(x):
    a = np.inf
    b = np.inf
    for v in x:
        w = v * v
        if w < a:
            b = a
            a = w
        elif w < b:
            b = w
    return a * b + a


# x^2: 9, 1, 4, 16 -> a=1 (x1), b=4 (x2)
args = (np.array([3.0, 1.0, -2.0, 4.0]),)
want = np.array([0.0, 2 * 1 * 4 + 2.0, 2 * -2 * 1.0, 0.0])
