"""DifferentiationInterface: the Jacobian by an empty vector"""

import numpy as np
from numba import njit


@njit
def f(x):
    return x * 2.0


kind = "jacobian"
args = (np.zeros(0),)
want = np.zeros((0, 0))
