"""names: turn_1 in a loop with a step"""

import numpy as np
from numba import njit


@njit
def f(x):
    turn_1 = 3.0
    s = 0.0
    for i in range(0, x.size, 2):
        s = s * turn_1 + x[i] ** 2
        turn_1 = turn_1 * x[i]
    return s


args = (np.array([0.5, 1.0, 2.0, 3.0, 1.5]),)
