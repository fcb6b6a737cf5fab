"""a global array used as a constant; global dict, global tuple, np constants"""

import math

import numpy as np
from numba import njit

TAB = np.array([1.0, 2.0, 3.0])
PAIR = (2.0, 5)


@njit
def f(x):
    return (
        np.sum(TAB * x) * PAIR[0] + x[0] ** PAIR[1] + np.pi * x[1] + math.inf * 0.0
        if x[0] < -100
        else np.sum(TAB * x) * PAIR[0] + x[0] ** PAIR[1] + np.e * x[1]
    )


args = (np.array([1.0, 2.0, 3.0]),)
want = np.array([2.0 + 5.0, 4.0 + math.e, 6.0])
