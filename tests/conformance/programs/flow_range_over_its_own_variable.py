"""control flow: for i in range(i, 5): the bound is the variable of the loop before"""

import numpy as np
from numba import njit


@njit
def f(x):
    s = 1.0
    for i in range(3):
        s = s * x[i]
    for i in range(i, 5):
        s = s * 0.5 + x[i]
    return s * x[i]


args = (np.array([0.5, 1.0, 2.0, 3.0, 0.7]),)
