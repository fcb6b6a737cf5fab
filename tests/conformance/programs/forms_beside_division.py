"""Functions of NumPy's beside a division of numbers, which raises where theirs does not."""

import numpy as np
from numba import njit


@njit
def f(x):
    y = np.roll(x, -4) * x / (1.0 / x[0])
    c = np.convolve(x, x[:2], "same")
    return np.median(y) + np.unwrap(x)[1] + np.resize(x, 5)[4] + np.delete(c, -1)[0] / x[1]


args = (np.array([0.5, -0.7, 1.3]),)
