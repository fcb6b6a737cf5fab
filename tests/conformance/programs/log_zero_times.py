"""p*log(p) at 0 with an explicit product: nan value expected? 0*log(0) is nan; guard by where"""

import math

import numpy as np
from numba import njit


@njit
def f(p):
    q = np.where(p > 0.0, p, 1.0)
    return -np.sum(p * np.log(q))


args = (np.array([0.0, 0.5, 0.5]),)
want = np.array([0.0, -1 - math.log(0.5), -1 - math.log(0.5)])
smooth = False
