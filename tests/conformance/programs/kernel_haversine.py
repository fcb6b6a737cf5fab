"""Numba's examples: distances on a sphere summed over pairs"""

import math

import numpy as np
from numba import njit


@njit
def f(lat, lon):
    s = 0.0
    for i in range(lat.size):
        for j in range(i):
            a = math.sin((lat[i] - lat[j]) / 2) ** 2
            a += math.cos(lat[i]) * math.cos(lat[j]) * math.sin((lon[i] - lon[j]) / 2) ** 2
            s += 2 * math.asin(math.sqrt(a))
    return s


argnums = (0, 1)
args = (np.array([0.5, 0.8, -0.3]), np.array([0.1, 1.2, 2.0]))
