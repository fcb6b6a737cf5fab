"""DifferentiationInterface: several cotangents from compiled code"""

import math

import numpy as np
from numba import njit

from fastad import vjp


@njit
def f(x):
    return np.array([x[0] * x[1], np.sin(x[0]), x[1] ** 2])


def make(mode):
    g = vjp(f, mode=mode)

    @njit
    def batched(x, cotangents):
        out = np.empty((cotangents.shape[0], 2))
        for k in range(cotangents.shape[0]):
            out[k] = g(x, cotangents[k])[1]
        return out

    return batched


_J = np.array([[3.0, 2.0], [math.cos(2.0), 0.0], [0.0, 6.0]])
_W = np.array([[1.0, 0.0, 2.0], [0.5, -1.0, 1.0]])
args = (np.array([2.0, 3.0]), _W)
want = _W @ _J
