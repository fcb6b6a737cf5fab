"""a Jacobian with more rows than columns; the result is made by np.zeros of a number"""

import numpy as np
from numba import njit

kind = "jacobian"


@njit
def f(x, n):
    out = np.zeros(3 * n)
    for i in range(n):
        out[3 * i] = x[0] * i
        out[3 * i + 1] = x[1] ** 2
        out[3 * i + 2] = x[0] * x[1]
    return out


args = (np.array([2.0, 3.0]), 4)
want = np.array([r for i in range(4) for r in ([i, 0.0], [0.0, 6.0], [3.0, 2.0])], dtype=float)
