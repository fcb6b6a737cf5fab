"""Like quantecon: functions made by numba.vectorize are called with numbers."""

import math

import numpy as np
from numba import njit, vectorize


@vectorize
def wave(x):
    return x * math.sin(x) if x > 0 else -x


@vectorize(["float64(float64, float64)"])
def weighed(x, y):
    return x * x * y


@vectorize
def ratio(x, y):
    return x / y  # of NumPy's error model: it does not raise


@njit
def f(x):
    scale = 1.0 if ratio(x[0], x[3]) == np.inf else 2.0
    return scale * (wave(x[0]) + wave(x[1]) * weighed(x[0], x[2]))


args = (np.array([0.5, -0.8, 1.3, 0.0]),)
want = np.array(
    [
        math.sin(0.5) + 0.5 * math.cos(0.5) + 0.8 * 2 * 0.5 * 1.3,
        -0.25 * 1.3,
        0.8 * 0.25,
        0.0,
    ]
)
smooth = False
