"""linear algebra: inv"""

import numpy as np
from numba import njit


@njit
def f(A):
    return np.linalg.inv(A)[0, 1] * A[0, 0]


args = (np.array([[3.0, 1.0], [0.5, 2.0]]),)
# -b a / (a d - b c)
_D = 5.5
want = np.array(
    [
        [-1.0 / _D + 3.0 * 2.0 / _D**2, -3.0 / _D - 3.0 * 0.5 / _D**2],
        [-3.0 * 1.0 / _D**2, 3.0 * 3.0 / _D**2],
    ]
)
