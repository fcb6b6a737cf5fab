"""several flags: break in an inner loop decides the outer; a return inside both"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0.0
    for i in range(x.size):
        ok = True
        for j in range(x.size):
            if x[i] * x[j] < -0.2:
                ok = False
                break
            s += x[i] * x[j]
        if not ok:
            s *= x[i]
            if s < -3.0:
                return s * s
            continue
        s += x[i] ** 3
        if i == 3:
            break
    return s


args = (np.array([0.5, -0.3, 0.7, 1.3, -1.0]),)
