"""DifferentiationInterface: several tangents, one after the other, from compiled code"""

import math

import numpy as np
from numba import njit

from fastad import jvp


@njit
def f(x):
    return np.array([x[0] * x[1], np.sin(x[0]), x[1] ** 2])


def make(mode):
    g = jvp(f, mode=mode)

    @njit
    def batched(x, tangents):
        out = np.empty((tangents.shape[0], 3))
        for k in range(tangents.shape[0]):
            out[k] = g(x, tangents[k])[1]
        return out

    return batched


_J = np.array([[3.0, 2.0], [math.cos(2.0), 0.0], [0.0, 6.0]])
_T = np.array([[1.0, 0.0], [0.5, -1.0], [2.0, 3.0]])
args = (np.array([2.0, 3.0]), _T)
want = _T @ _J.T
