"""Like kernels of Gaussian processes: the diagonal is written after the matrix was made."""

import numpy as np
from numba import njit


@njit
def f(x):
    m = np.outer(x, x)
    np.fill_diagonal(m, 2.0 * x[0])
    return m[0, 0] * m[1, 1] + m[0, 1] * m[1, 0]


args = (np.array([0.5, -0.7]),)
# 4 x0^2 + x0^2 x1^2
want = np.array([8 * 0.5 + 2 * 0.5 * 0.49, 2 * 0.25 * -0.7])
