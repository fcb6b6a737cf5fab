"""complex arrays: a mask that reads the array it writes into"""

import numpy as np
from numba import njit


@njit
def f(x):
    z = x + 0j
    z[z.real < 0.0] = 1j * x[0]
    return z.sum().real + 3.0 * z.sum().imag


args = (np.array([0.7, -0.4, 1.3, -0.2]),)
want = np.array([7.0, 0.0, 1.0, 0.0])
