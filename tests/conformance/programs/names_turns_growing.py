"""names: turns and turns_1 that grow in a loop over data"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    s = 1.0
    turns_1 = 1
    for i in range(x.size):
        for j in range(turns_1):
            s = math.sin(s) * x[i] + 0.1
        turns_1 += 7
    return s


args = (np.array([0.5, 1.1, 2.0]),)
