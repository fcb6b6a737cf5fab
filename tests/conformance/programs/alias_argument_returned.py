"""aliases: f returns its argument after writing it; the Jacobian of that"""

import numpy as np
from numba import njit


@njit
def f(x):
    x[0] = x[0] * x[1]
    return x


kind = "jacobian"
args = (np.array([2.0, 3.0]),)
want = np.array([[3.0, 2.0], [0.0, 1.0]])
