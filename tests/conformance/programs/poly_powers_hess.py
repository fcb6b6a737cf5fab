"""casadi#2511: its Hessian"""

import numpy as np
from numba import njit


@njit
def f(v, c):
    s = 0.0
    for i in range(c.size):
        s += c[i] * v**i
    return s


kind = "hessian"
points = [
    ((0.0, np.array([1.0, 2.0, 3.0, 4.0])), 6.0),
    ((2.0, np.array([1.0, 2.0, 3.0, 4.0])), 6.0 + 48.0),
]
