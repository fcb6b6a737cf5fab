"""special points: % and np.mod of negative numbers, and np.fmod, by the dividend"""

import numpy as np
from numba import njit


@njit
def f(x):
    return (x[0] % 3.0) * x[0] + np.mod(x[1], -2.0) + np.fmod(x[2], 2.0) * x[2]


args = (np.array([-4.0, 5.0, -5.0]),)
want = np.array([2.0 - 4.0, 1.0, -1.0 - 5.0])
