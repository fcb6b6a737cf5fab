"""DifferentiationInterface: the Jacobian of one number in a vector by one number in a vector"""

import numpy as np
from numba import njit


@njit
def f(x):
    return x * x


kind = "jacobian"
args = (np.array([3.0]),)
want = np.array([[6.0]])
