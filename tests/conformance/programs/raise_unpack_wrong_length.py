"""raises: an array of five numbers unpacked into two names"""

import numpy as np
from numba import njit


@njit
def f(x):
    a, b = x
    return a * b


args = (np.arange(5.0),)
raises = ValueError
