"""casadi#2511: dot(c, v**arange(n)) at v=0"""

import numpy as np
from numba import njit


@njit
def f(v, c):
    return np.dot(c, v ** np.arange(c.size))


points = [((0.0, np.array([1.0, 2.0, 3.0])), 2.0), ((2.0, np.array([1.0, 2.0, 3.0])), 14.0)]
