"""pytorch#15605: sign * exp(logdet) of a matrix of negative determinant"""

import math

import numpy as np
from numba import njit


@njit
def f(a):
    s, l = np.linalg.slogdet(a)
    return s * math.exp(l)


_a = np.array([[1.0, 2.0], [3.0, 4.0]])
args = (_a,)
want = np.array([[4.0, -3.0], [-2.0, 1.0]])
