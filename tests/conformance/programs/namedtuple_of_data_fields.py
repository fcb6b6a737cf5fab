"""NamedTuple: data by field, arrays and numbers, in a helper"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit


class Data(NamedTuple):
    t: np.ndarray
    y: np.ndarray
    sigma: float


@njit
def residual(p, data, i):
    return (p[0] * math.exp(-p[1] * data.t[i]) - data.y[i]) / data.sigma


@njit
def f(p, data):
    s = 0.0
    for i in range(data.t.size):
        s += residual(p, data, i) ** 2
    return s


args = (np.array([2.0, 0.5]), Data(np.array([0.0, 1.0, 2.0]), np.array([2.1, 1.0, 0.8]), 0.3))
