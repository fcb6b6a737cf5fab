"""jax PR#1722: sinc at 0: first derivative 0"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.sum(np.sinc(x))


points = [((np.array([0.0, 1.0]),), np.array([0.0, -1.0]))]
