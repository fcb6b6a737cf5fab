"""names: locals that hide builtins: sum, max, range_, len, abs, min"""

import numpy as np
from numba import njit


@njit
def f(x):
    sum = 0.0
    max = x[0]
    len = x.size
    for i in range(len):
        abs = x[i] * x[i]
        sum = sum + abs * max
        max = max * 0.5 + abs
    return sum


args = (np.array([0.5, 1.2, 0.7]),)
