"""DifferentiationInterface: derivative of a function that fills a work array passed in"""

import numpy as np
from numba import njit


@njit
def f(x, out):
    for i in range(out.size):
        out[i] = x**i
    return out


kind = "derivative"
args = (2.0, np.zeros(4))
want = np.array([0.0, 1.0, 4.0, 12.0])
