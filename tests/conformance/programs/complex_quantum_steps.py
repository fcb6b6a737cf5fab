"""a propagation in time: complex vectors and matrices, written in place"""

import numpy as np
from numba import njit


@njit
def f(x):
    n = 4
    psi = np.zeros(n, dtype=np.complex128)
    for i in range(n):
        psi[i] = np.exp(1j * x[0] * i) / (1.0 + i)
    psi /= np.sqrt((np.abs(psi) ** 2).sum())
    hop = np.eye(n) + 0j
    for i in range(n - 1):
        hop[i, i + 1] = hop[i + 1, i] = -0.1j * x[1]
    for _ in range(5):
        psi = hop @ psi
        psi *= np.exp(-0.1j * x[2] * np.arange(n))
        psi[0] -= 0.05j * psi[n - 1]
    return np.abs(psi[2]) ** 2 + np.vdot(psi, psi).real


args = (np.array([0.4, 0.9, 0.5]),)
tol = 1e-8
