"""special points: asin, acosh, atanh at 1 give inf, acos -inf"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.arcsin(x[0]) + np.arccos(x[1]) + np.arccosh(x[2])


args = (np.ones(3),)
want = np.array([np.inf, -np.inf, np.inf])
smooth = False
