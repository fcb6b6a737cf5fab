"""names: exit_1, left, returned, go_on, broke, flag in loops with exits"""

import numpy as np
from numba import njit


@njit
def f(x):
    exit_1 = 0.0
    left = x[0]
    returned = False
    for i in range(x.size):
        go_on = x[i] * left
        for j in range(3):
            broke = go_on * 0.5
            if broke > 0.7:
                returned = True
                break
            exit_1 += broke
        if returned:
            left = left * 0.5
            returned = False
        else:
            left = left + go_on
    return exit_1 * left


args = (np.array([1.1, 0.8, 1.9]),)
