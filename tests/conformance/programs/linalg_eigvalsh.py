"""linear algebra: eigvalsh reads the lower triangle"""

import math

import numpy as np
from numba import njit


@njit
def f(A):
    w = np.linalg.eigvalsh(A)
    return w[-1] - w[0]


# sqrt((a - d)^2 + 4 c^2)
args = (np.array([[2.0, 0.7], [0.7, -1.0]]),)
_r = math.sqrt(9.0 + 4 * 0.49)
want = np.array([[3.0 / _r, 0.0], [4 * 0.7 / _r, -3.0 / _r]])
smooth = False
