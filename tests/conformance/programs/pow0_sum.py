"""pytorch#8940: sum(x**0) at 0 gave nan"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.sum(x**0) + x[1] ** 0.0


args = (np.array([0.0, 1.0]),)
want = np.zeros(2)
