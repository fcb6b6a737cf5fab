"""linear algebra: the log density of a normal by cholesky and a triangular solve by hand"""

import math

import numpy as np
from numba import njit


@njit
def f(S, x):
    L = np.linalg.cholesky(S)
    n = x.size
    s = 0.0
    y = np.zeros(n)
    for i in range(n):
        t = x[i]
        for j in range(i):
            t -= L[i, j] * y[j]
        y[i] = t / L[i, i]
        s += math.log(L[i, i]) + 0.5 * y[i] ** 2
    return s


argnums = (0, 1)
_S = np.array([[2.0, 0.3], [0.3, 1.0]])
_x = np.array([1.0, -2.0])
_P = np.linalg.inv(_S)
_v = _P @ _x
_G = 0.5 * _P - 0.5 * np.outer(_v, _v)  # by a symmetric matrix; the lower triangle is read
_G = np.tril(_G + _G.T) - np.diag(np.diag(_G))
args = (_S, _x)
want = (_G, _v)
