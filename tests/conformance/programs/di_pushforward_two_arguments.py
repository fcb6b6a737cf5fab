"""DifferentiationInterface: pushforward along two arguments at once"""

import numpy as np
from numba import njit


@njit
def f(x, a):
    return a * np.sum(x * x)


kind = "jvp"
argnums = (0, 1)
args = (np.array([1.0, 2.0]), 3.0, np.array([1.0, 1.0]), 0.5)
want = (15.0, 3.0 * 6.0 + 0.5 * 5.0)
