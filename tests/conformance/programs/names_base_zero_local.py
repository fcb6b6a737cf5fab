"""names: locals called base_zero, zeros_for, nonzero, lifted"""

import numpy as np
from numba import njit


@njit
def f(x):
    base_zero = x[0]
    zeros_for = 2.0 * base_zero
    lifted = np.zeros(3)
    for nonzero in range(3):
        lifted[nonzero] = zeros_for * x[1] * (nonzero + 1)
    return np.sum(lifted) * base_zero


# 12 x0^2 x1
args = (np.array([0.5, 2.0]),)
want = np.array([24.0, 3.0])
