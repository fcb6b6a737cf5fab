"""names: globals called base_zero, zeros_for, divide, scale"""

import numpy as np
from numba import njit

base_zero = 2.0
zeros_for = 3.0
divide = 0.5
scale = np.array([1.0, 2.0])


@njit
def f(x):
    s = 0.0
    for i in range(x.size):
        s += base_zero * x[i] ** 2 / (zeros_for + x[i]) * divide * scale[i]
    return s


args = (np.array([0.5, 1.0]),)
