"""for a in (arrays...) and over a tuple of data arrays"""

import numpy as np
from numba import njit


@njit
def f(x, arrays):
    s = 0.0
    for a in arrays:
        for v in a:
            s += v * x * x
    return s


args = (2.0, (np.array([1.0, 2.0]), np.array([1.0, 3.0])))
want = 28.0
