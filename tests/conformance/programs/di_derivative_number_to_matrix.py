"""DifferentiationInterface: derivative, number to matrix, filled item by item"""

import numpy as np
from numba import njit


@njit
def f(x):
    out = np.empty((2, 3))
    for i in range(2):
        for j in range(3):
            out[i, j] = x ** (i + j)
    return out


kind = "derivative"
_k = np.add.outer(np.arange(2), np.arange(3))
args = (1.5,)
want = np.where(_k > 0, _k * 1.5 ** np.maximum(_k - 1, 0), 0.0)
