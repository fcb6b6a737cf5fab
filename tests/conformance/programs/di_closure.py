"""DifferentiationInterface: a closure over a number and an array"""

import numpy as np
from numba import njit


def _made(scale, weights):
    @njit
    def f(x):
        return scale * np.sum(weights * x * x)

    return f


f = _made(2.0, np.array([1.0, 3.0]))
args = (np.array([1.0, 2.0]),)
want = np.array([4.0, 24.0])
