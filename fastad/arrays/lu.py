"""Gaussian elimination on arrays of floats, for the rules of linear systems.

It is used in place of LAPACK's because one factorisation serves any number of right sides, which
may come later and may hold inf or NaN (a derivative may be infinite where the primal is finite);
and because it takes Numba a tenth of the time to compile of ``np.linalg.solve``.

References
----------
Golub and Van Loan, *Matrix Computations*, 4th ed., 2013, algorithms 3.4.1 and 3.2.4.
"""

import numpy as np
from numba.extending import register_jitable

BLOCK = 48  # columns eliminated by loops before BLAS updates the rest


@register_jitable
def lu_factor(a):
    """Return L and U in one matrix, and the order of rows, of ``a = P.T L U``.

    Parameters
    ----------
    a : array of float (n, n), of any order

    Returns
    -------
    lu : array (n, n)
    rows : array of int (n,)

    Raises
    ------
    numpy.linalg.LinAlgError
        If a is not square, not finite, or singular, in NumPy's words.
    """
    n = a.shape[0]
    if n != a.shape[1]:
        raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square.")
    lu, rows = np.empty((n, n)), np.arange(n)
    for i in range(n):
        for j in range(n):
            lu[i, j] = a[i, j]
            if not np.isfinite(lu[i, j]):
                raise np.linalg.LinAlgError("Array must not contain infs or NaNs.")
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        for k in range(start, stop):
            pivot = k
            for i in range(k + 1, n):
                if abs(lu[i, k]) > abs(lu[pivot, k]):
                    pivot = i
            if lu[pivot, k] == 0.0:
                raise np.linalg.LinAlgError("Matrix is singular to machine precision.")
            if pivot != k:
                rows[k], rows[pivot] = rows[pivot], rows[k]
                for j in range(n):
                    lu[k, j], lu[pivot, j] = lu[pivot, j], lu[k, j]
            for i in range(k + 1, n):
                factor = lu[i, k] / lu[k, k]
                lu[i, k] = factor
                for j in range(k + 1, stop):
                    lu[i, j] -= factor * lu[k, j]
        if stop < n:
            for k in range(start, stop):
                for i in range(k + 1, stop):
                    for j in range(stop, n):
                        lu[i, j] -= lu[i, k] * lu[k, j]
            update = np.dot(lu[stop:, start:stop].copy(), lu[start:stop, stop:].copy())
            for i in range(stop, n):
                for j in range(stop, n):
                    lu[i, j] -= update[i - stop, j - stop]
    return lu, rows


def solve_lu(a, b):
    """Return the solutions for right sides of shape (n, m)."""
    lu, rows = lu_factor(a)
    n = lu.shape[0]
    if b.shape[0] != n:
        raise np.linalg.LinAlgError("Incompatible array sizes, system is not dimensionally valid.")
    x = np.empty(b.shape)
    for i in range(n):
        for j in range(b.shape[1]):
            x[i, j] = b[rows[i], j]
    for i in range(n):
        for k in range(i):
            if lu[i, k] != 0.0:  # a strong zero: 0 times inf is 0 here
                for j in range(b.shape[1]):
                    x[i, j] -= lu[i, k] * x[k, j]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            if lu[i, k] != 0.0:
                for j in range(b.shape[1]):
                    x[i, j] -= lu[i, k] * x[k, j]
        for j in range(b.shape[1]):
            x[i, j] /= lu[i, i]
    return x
