"""pytorch#4320, jax#11716, stan#411: std of equal numbers"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.std(x)


points = [
    ((np.array([1.0, 3.0]),), np.array([-0.5, 0.5])),
    ((np.array([2.0, 2.0]),), np.array([0.0, 0.0])),
]
