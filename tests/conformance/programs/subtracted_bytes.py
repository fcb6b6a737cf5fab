"""integers: bytes and small integers subtracted in place from items, slices and arrays of floats"""

import numpy as np
from numba import njit

LEAST = np.int8(-128)


@njit
def less(y, by=np.uint8(2)):
    y -= by


@njit
def f(x, image, three, above):
    y = x * x
    y -= image
    y[1:] -= image[:2]
    y[0] -= image[1]
    y[::2] -= three
    y[1] -= LEAST
    y[2] -= above
    y -= above
    y[np.array([0, 2])] -= three
    y[y < 0.0] -= image[2]
    less(y)
    return np.sum(y * y)


args = (np.array([0.7, -1.3, 2.1]), np.array([3, 200, 7], np.uint8), np.uint8(3), True)
