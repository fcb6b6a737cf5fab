"""a variable of the user that is spelled like a numbered one of the generated code"""

import math

import numpy as np
from numba import njit


@njit
def f(x, n):
    turn_1 = 2.0
    s = x[0]
    for i in range(0, n, 2):
        s = math.sin(s * turn_1) + x[i]
    return s


def _v(x, n):
    s = x[0]
    for i in range(0, n, 2):
        s = np.sin(s * 2.0) + x[i]
    return s


_x = np.linspace(0.2, 0.9, 6)
want = np.array([_v(_x + 1e-30j * np.eye(6)[i], 6).imag / 1e-30 for i in range(6)])
args = (_x, 6)
