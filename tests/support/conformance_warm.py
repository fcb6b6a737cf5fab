"""What a process differentiates before children that differentiate programs are forked from it."""

import numpy as np
from numba import njit

import fastad


@njit
def _total(x, w):
    """Return a number from the operations that most programs have."""
    y = np.zeros(x.size)
    total = 0.0
    for i in range(x.size):
        y[i] = w[i] * np.sin(x[i]) + x[i] ** 2 / (1.0 + np.exp(-x[i]))
        total += y[i] * x[0]
    return total + np.sum(y * x) + np.dot(y, w) + np.sqrt(np.sum(x[1:]))


@njit
def _number(x):
    return x * np.sin(x) if x > 0.0 else np.exp(x) / 2.0


for _mode in ("source", "forward", "tape"):
    _x = np.linspace(0.5, 1.0, 3)
    fastad.grad(_total, mode=_mode)(_x, _x)
    fastad.grad(_number, mode=_mode)(0.5)
