"""tensorflow#119430, burn#3864, Theano#5197: cumprod with a zero"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.cumprod(x).sum()


points = [
    ((np.array([2.0, 0.0, 3.0, 4.0]),), np.array([1.0, 32.0, 0.0, 0.0])),
    ((np.array([2.0, 0.0, 0.0, 3.0]),), np.array([1.0, 2.0, 0.0, 0.0])),
]
