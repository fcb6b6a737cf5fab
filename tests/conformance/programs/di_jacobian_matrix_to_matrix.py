"""DifferentiationInterface: Jacobian, matrix to matrix"""

import numpy as np
from numba import njit


@njit
def f(A):
    return A @ A


kind = "jacobian"
_A = np.array([[1.0, 2.0], [3.0, 4.0]])
args = (_A,)
want = np.einsum("ik,lj->ijkl", np.eye(2), _A) + np.einsum("ik,jl->ijkl", _A, np.eye(2))
