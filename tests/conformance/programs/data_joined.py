"""Like umap's sparse distances: indices are joined, sorted and compared; they carry nothing."""

import numpy as np
from numba import njit


@njit
def union(a, b):
    if a.shape[0] == 0:
        return b
    both = np.sort(np.concatenate((a, b)))
    return both[np.concatenate((np.ones(1, dtype=np.bool_), both[1:] != both[:-1]))]


@njit
def shared(a, b):
    both = np.concatenate((a, b))
    both.sort()
    return both[:-1][both[1:] == both[:-1]]


@njit
def f(x, i, j):
    places = union(i, j)
    total = 0.0
    for k in range(places.size):
        total += (k + 1) * x[places[k]] ** 2
    for k in shared(i, j):
        total *= x[k]
    return total


args = (np.array([0.5, -0.7, 1.3, 2.0]), np.array([0, 3]), np.array([3, 1]))
# (x0^2 + 2 x1^2 + 3 x3^2) x3
want = np.array([2 * 0.5 * 2.0, 4 * -0.7 * 2.0, 0.0, 0.25 + 2 * 0.49 + 9 * 4.0])
