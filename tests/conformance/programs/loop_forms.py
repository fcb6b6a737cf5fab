"""enumerate, zip, negative steps, ndindex, iteration over rows, len, nested unpacking"""

import numpy as np
from numba import njit


@njit
def f(A, w):
    s = 0.0
    for i, (row, c) in enumerate(zip(A, w)):
        for j in range(len(row) - 1, -1, -1):
            s += c * row[j] ** (i + 1)
    for ij in np.ndindex(A.shape):
        s += A[ij] * A[0, 0]
    for v in A.flat:
        s += 2 * v
    n, m = A.shape
    for k in range(0, m, 2):
        s += A[n - 1, k] * w[0]
    return s


argnums = (0, 1)
_A = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]])
_w = np.array([2.0, 3.0])
_gA = (
    np.array([[2.0, 2, 2], [3 * 2 * 0.5, 3 * 2 * -1, 3 * 2 * 2]])
    + 1.0 * np.ones((2, 3)) * _A[0, 0]
    + 2.0
)
_gA[0, 0] += _A.sum()
_gA[1, 0] += 2
_gA[1, 2] += 2
args = (_A, _w)
want = (_gA, np.array([6.0 + 0.5 + 2.0, 0.25 + 1 + 4.0]))
