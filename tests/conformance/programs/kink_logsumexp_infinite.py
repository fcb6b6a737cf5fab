"""special points: logsumexp with -inf, with large numbers, of one item"""

import numpy as np
from numba import njit

import fastad


@njit
def f(x):
    return fastad.logsumexp(x)


points = [
    ((np.array([-np.inf, 0.0, 0.0]),), np.array([0.0, 0.5, 0.5])),
    ((np.array([1000.0, 1000.0]),), np.array([0.5, 0.5])),
    ((np.array([-np.inf]),), np.array([0.0])),
    ((np.array([3.0]),), np.array([1.0])),
]
smooth = False
