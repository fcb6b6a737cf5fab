"""Enzyme.jl#2868: data arrays in a tuple, copied and scaled: data must be unchanged"""

import numpy as np
from numba import njit


@njit
def f(u, cs):
    r = 0.0
    for c in cs:
        t = c.copy()
        for j in range(t.shape[1]):
            t[:, j] *= u[j]
        r += np.linalg.det(t)
    return r


_c = (np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[2.0, 1.0], [0.0, 3.0]]))
args = (np.array([2.0, 3.0]), _c)
want = np.array([3.0 * (-1.0 + 6.0), 2.0 * (-1.0 + 6.0)])
