"""special points: np.clip inside, outside"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.sum(np.clip(x, -1.0, 2.0) * np.array([1.0, 10.0, 100.0]))


args = (np.array([-3.0, 0.5, 5.0]),)
want = np.array([0.0, 10.0, 0.0])
