"""a variable that is an integer first, and a float when the loop comes back"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0
    step = 0
    for i in range(x.size):
        s += 1
        s += x[i] * x[i]
        step += 1
        s *= step
        step = step * 0.5
    return s


args = (np.array([0.7, 1.3, -0.4, 2.1]),)
