"""float32: np.float32(x) rounds, its derivative is 1"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.float64(np.float32(x)) * 3.0


args = (1.5,)
want = 3.0
smooth = False
