"""jax#6811, pytorch#31829: logsumexp of all -inf; one -inf"""

import numpy as np
from numba import njit

import fastad


@njit
def f(x):
    return fastad.logsumexp(x)


points = [
    ((np.array([-np.inf, 1.0]),), np.array([0.0, 1.0])),
    ((np.array([-np.inf, -np.inf]),), np.array([0.0, 0.0])),
]
