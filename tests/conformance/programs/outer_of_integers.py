"""linear algebra: the outer product of a vector with integers, with truth values, with float32"""

import numpy as np
from numba import njit


@njit
def f(x, k, flags, single):
    m = np.outer(x, k) * np.outer(single, x) + np.outer(flags, x * x)
    return np.sum(m * m) + np.sum(np.kron(x, k) ** 3)


args = (
    np.array([0.7, -1.3, 2.1]),
    np.array([3, -2, 5]),
    np.array([True, False, True]),
    np.array([0.5, 2.0, -1.5], np.float32),
)
