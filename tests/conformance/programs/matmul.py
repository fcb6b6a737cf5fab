"""vector, matrix, mixed products, non-contiguous"""

import numpy as np
from numba import njit


@njit
def f(A, v):
    w = A @ v
    z = v @ A
    B = A @ A.T
    return (
        w @ z
        + np.trace(B @ A)
        + np.dot(v, v)
        + np.dot(A, v)[0]
        + np.outer(v, w)[0, 1]
        + np.vdot(v, w)
    )


argnums = (0, 1)
_A = np.array([[1.0, 2.0], [-0.5, 3.0]])
_v = np.array([0.7, -1.2])


def _val(A, v):
    w = A @ v
    z = v @ A
    B = A @ A.T
    return w @ z + np.trace(B @ A) + v @ v + (A @ v)[0] + np.outer(v, w)[0, 1] + v @ w


def _csA():
    g = np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            Z = _A.astype(complex)
            Z[i, j] += 1e-30j
            g[i, j] = _val(Z, _v).imag / 1e-30
    return g


def _csv():
    g = np.zeros(2)
    for i in range(2):
        z = _v.astype(complex)
        z[i] += 1e-30j
        g[i] = _val(_A, z).imag / 1e-30
    return g


args = (_A, _v)
want = (_csA(), _csv())
