"""complex numbers inside: the modulus of a power"""

import numpy as np
from numba import njit


@njit
def f(x):
    z = complex(x[0], x[1]) ** 2
    return abs(z)


args = (np.array([3.0, 4.0]),)
want = np.array([6.0, 8.0])
