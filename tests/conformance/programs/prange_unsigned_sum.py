"""prange: a sum of unsigned integers, which is counted modulo 2**64 in all threads together"""

import numpy as np
from numba import njit, prange

PART = 2.0**-64


@njit(parallel=True)
def f(x, u):
    s = 0.0
    h = np.uint64(0)
    for i in prange(50):
        v = (u + np.uint64(i)) * np.uint64(6364136223846793005)
        h += v
        s += x[i % 3] ** 2 * (v * PART)
    return s * (h * PART)


def gradient(x, u):
    """Return the gradient, the sum in Python's integers."""
    v = [(int(u) + i) * 6364136223846793005 % 2**64 for i in range(50)]
    h = sum(v) % 2**64 * PART
    return np.array([2.0 * x[k] * h * sum(n * PART for n in v[k::3]) for k in range(3)])


X = np.array([0.7, -1.3, 2.1])
points = [((X, u), gradient(X, u)) for u in map(np.uint64, (1, 2**60, 2**63 + 17))]
smooth = False
