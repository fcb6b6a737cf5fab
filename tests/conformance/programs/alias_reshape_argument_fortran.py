"""aliases: a Fortran argument is read through a reshape of its transpose"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(A):
    v = A.T.copy().reshape(4)
    v[0] *= v[1]
    return np.sum(v * v)


def custom(mode):
    A = np.asfortranarray(np.array([[2.0, 3.0], [5.0, 7.0]]))
    r = grad(f, mode=mode)(A)
    w = np.array([[2 * 10.0 * 5.0, 6.0], [2 * 10.0 * 2 + 10.0, 14.0]])
    yield "fortran", np.allclose(r, w), r
