"""nested function over local variables"""

import numpy as np
from numba import njit


@njit
def f(x):
    a = x[0] * 2.0

    def h(z):
        return z * a + x[1]

    b = lambda q: q * q
    return b(h(x[2])) + h(1.0)


# h(x2) = 2 x0 x2 + x1 ; squared + 2x0 + x1
_h = 2 * 2 * 4.0 + 3.0
args = (np.array([2.0, 3.0, 4.0]),)
want = np.array([2 * _h * 8 + 2, 2 * _h + 1, 2 * _h * 4])
