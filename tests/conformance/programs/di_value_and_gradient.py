"""DifferentiationInterface: value and gradient by a vector and a number"""

import numpy as np
from numba import njit


@njit
def f(x, a):
    return a * np.dot(x, x)


kind = "value_and_grad"
argnums = (0, 1)
args = (np.array([1.0, 2.0]), 3.0)
want = (15.0, (np.array([6.0, 12.0]), 5.0))
