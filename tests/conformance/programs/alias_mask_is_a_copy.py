"""aliases: a part chosen by a mask is a copy; writing by a mask is not"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x * 1.0
    m = y > 2.5
    z = y[m]
    z *= 2.0
    y[m] = z * z
    return np.sum(y) + z[0]


# y1 = 4 x1^2, y2 = 4 x2^2
args = (np.array([2.0, 3.0, 5.0]),)
want = np.array([1.0, 8 * 3.0 + 2.0, 8 * 5.0])
