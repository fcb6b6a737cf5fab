"""indices that go negative in summing loops: x[-i], x[i-2], x[n-1-i], 2-D wrap"""

import numpy as np
from numba import njit


@njit
def f(x, A):
    s = 0.0
    n = x.size
    for i in range(1, n + 1):
        s += x[-i] * i
    for i in range(n):
        s += x[i - 2] * x[n - 1 - i]
        for j in range(n):
            s += A[i - 1, j - 1] * x[j - 1] * x[i]
    return s


argnums = (0, 1)
_x = np.array([1.0, -2.0, 3.0, 0.5])
_A = np.arange(16.0).reshape(4, 4) / 7


def _val(x, A):
    s = 0
    n = 4
    for i in range(1, n + 1):
        s += x[-i] * i
    for i in range(n):
        s += x[i - 2] * x[n - 1 - i]
        for j in range(n):
            s += A[i - 1, j - 1] * x[j - 1] * x[i]
    return s


_gx = np.zeros(4)
_gA = np.zeros((4, 4))
for _i in range(4):
    _z = _x.astype(complex)
    _z[_i] += 1e-30j
    _gx[_i] = _val(_z, _A).imag / 1e-30
    for _j in range(4):
        _Z = _A.astype(complex)
        _Z[_i, _j] += 1e-30j
        _gA[_i, _j] = _val(_x, _Z).imag / 1e-30
args = (_x, _A)
want = (_gx, _gA)
