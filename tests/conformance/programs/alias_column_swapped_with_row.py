"""aliases: a row is assigned from a column of the same matrix"""

import numpy as np
from numba import njit


@njit
def f(A):
    B = A.copy()
    B[0] = B[:, 1]
    B[:, 0] = B[1] * B[0]
    return np.sum(B * B)


# B0 = (A01, A11); B[:,0] = B1 * B0 = (A10 A01, A11 A11)
def _v(A):
    B = A.copy()
    B[0] = B[:, 1].copy()
    B[:, 0] = B[1] * B[0]
    return np.sum(B * B)


_A = np.array([[2.0, 3.0], [5.0, 7.0]])
_g = np.zeros((2, 2))
for _k in np.ndindex(2, 2):
    _z = _A.astype(complex)
    _z[_k] += 1e-30j
    _g[_k] = _v(_z).imag / 1e-30
args = (_A,)
want = _g
