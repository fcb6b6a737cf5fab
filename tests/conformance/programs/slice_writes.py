"""rows and strided parts written from products; columns swapped by slices"""

import numpy as np
from numba import njit


@njit
def f(A, x):
    B = np.zeros((2, 3))
    for i in range(2):
        B[i, :] = A[i] * x + i
        B[i, ::2] += A[i, 0] * 2.0
        B[i, 1:] *= x[0]
    t = B[:, 0].copy()
    B[:, 0] = B[:, 2]
    B[:, 2] = t * t
    return np.sum(B)


def _val(A, x):
    B = A * x + np.arange(2)[:, None]
    B[:, ::2] += A[:, :1] * 2
    B[:, 1:] = B[:, 1:] * x[0]
    t = B[:, 0].copy()
    B[:, 0] = B[:, 2]
    B[:, 2] = t * t
    return B.sum()


argnums = (0, 1)
_A = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]])
_x = np.array([0.5, 2.0, -1.0])
_gA = np.zeros((2, 3))
_gx = np.zeros(3)
for _k in np.ndindex(2, 3):
    _z = _A.astype(complex)
    _z[_k] += 1e-30j
    _gA[_k] = _val(_z, _x).imag / 1e-30
for _k in range(3):
    _z = _x.astype(complex)
    _z[_k] += 1e-30j
    _gx[_k] = _val(_A, _z).imag / 1e-30
args = (_A, _x)
want = (_gA, _gx)
