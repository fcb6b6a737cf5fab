"""special points: sign, floor, ceil, trunc, round, // have derivative 0 everywhere"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    return np.sign(x) + math.floor(x) * x + np.ceil(x) + math.trunc(x) + x // 2.0 + round(x)


points = [((0.0,), 0.0), ((3.0,), 3.0), ((-1.5,), -2.0)]
smooth = False
