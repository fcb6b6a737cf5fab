"""special points: second derivatives of x**y at x = 0, the limits from above"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    return x[0] ** x[1]


kind = "hessian"
inf = math.inf
points = [
    ((np.array([0.0, 0.5]),), np.array([[-inf, -inf], [-inf, 0.0]])),
    ((np.array([0.0, 1.0]),), np.array([[0.0, -inf], [-inf, 0.0]])),
    ((np.array([0.0, 1.5]),), np.array([[inf, 0.0], [0.0, 0.0]])),
    ((np.array([0.0, 2.0]),), np.array([[2.0, 0.0], [0.0, 0.0]])),
    ((np.array([0.0, 3.0]),), np.zeros((2, 2))),
]
smooth = False
