"""np.full, np.ones, np.eye, np.zeros((n, m)), np.empty, np.array of lists, written by numbers"""

import numpy as np
from numba import njit


@njit
def f(x):
    a = np.zeros((2, 2))
    a[0, 0] = x[0]
    a[0, 1] = x[1]
    b = np.full(3, x[0])
    b[1] = x[1]
    c = np.ones(2, dtype=np.float64)
    c[0] = x[0] * x[1]
    e = np.eye(2)
    e[0, 1] = x[0]
    g = np.array([[x[0], 1.0], [2.0, x[1]]])
    h = np.empty(2)
    h[0] = x[0]
    h[1] = h[0] * 2
    return np.sum(a) + np.sum(b) + np.prod(c) + np.sum(e @ g) + np.sum(h)


# a: x0+x1; b: 2x0+x1; c: x0x1; e@g = [[x0+2x0, 1+x0x1],[2, x1]] sum=3x0+x0x1+x1+3; h: 3x0
args = (np.array([2.0, 3.0]),)
want = np.array([1 + 2 + 3 + 3 + 3.0 + 3, 1 + 1 + 2 + 2 + 1.0])
