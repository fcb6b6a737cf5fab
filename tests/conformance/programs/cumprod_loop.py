"""Theano#5197: cumprod by hand in place with a zero, sum of squares"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    for i in range(1, y.size):
        y[i] *= y[i - 1]
    return np.sum(y * y)


# y0=x0, y1=x0x1, d = 2x0 + 2 x0 x1^2, 2 x0^2 x1
points = [
    ((np.array([1.0, 0.0]),), np.array([2.0, 0.0])),
    ((np.array([1.0, 2.0]),), np.array([10.0, 4.0])),
]
