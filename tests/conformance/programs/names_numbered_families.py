"""names: y, y_1, y_2, y_3 and i, i_1, i_2 all used by the user"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    y = x[0]
    y_1 = y * x[1]
    y_2 = y_1 * y
    for i in range(2):
        for i_1 in range(2):
            y_3 = y_2 + y_1 * i
            y_1 = math.sin(y_3) + i_1 * y
            for i_2 in range(2):
                y_2 = y_2 * 0.5 + y_1 * i_2
                y = y + y_2 * 0.1
    return y * y_1 + y_2


args = (np.array([0.5, 1.2]),)
