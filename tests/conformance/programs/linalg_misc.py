"""norm with ord 1, inf, 2 of vectors; Frobenius; 1-norm of matrices; matrix_power"""

import numpy as np
from numba import njit


@njit
def f(x, A):
    return (
        np.linalg.norm(x, 1)
        + 2 * np.linalg.norm(x, np.inf)
        + 3 * np.linalg.norm(x, 2)
        + np.linalg.norm(A)
        + np.sum(np.linalg.matrix_power(A, 3))
        + np.sum(np.linalg.matrix_power(A, 0))
        + np.linalg.norm(x, 3)
    )


argnums = (0, 1)
_x = np.array([3.0, -4.0])
_A = np.array([[1.0, 2.0], [0.5, -1.0]])
_n3 = (27 + 64.0) ** (1 / 3)
_gA = np.zeros((2, 2))
for _i in range(2):
    for _j in range(2):
        Z = _A.astype(complex)
        Z[_i, _j] += 1e-30j
        _gA[_i, _j] = np.sum(Z @ Z @ Z).imag / 1e-30
args = (_x, _A)
want = (
    np.array([1.0, -1.0])
    + 2 * np.array([0.0, -1.0])
    + 3 * _x / 5
    + np.array([9.0, -16.0]) / _n3**2,
    _A / np.linalg.norm(_A) + _gA,
)
