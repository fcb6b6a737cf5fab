"""special points: a stable sigmoid and softplus at +-800"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0.0
    for v in x:
        if v > 0.0:
            s += v + math.log1p(math.exp(-v))
        else:
            s += math.log1p(math.exp(v))
    return s


args = (np.array([800.0, -800.0, 1.0]),)
want = np.array([1.0, 0.0, 1 / (1 + math.exp(-1.0))])
