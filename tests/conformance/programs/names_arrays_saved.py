"""names: arrays called saved, saved_1, y_saved, y_old, base, before, after"""

import numpy as np
from numba import njit


@njit
def f(x):
    saved = x.copy()
    saved_1 = saved * 2.0
    y_saved = np.zeros_like(x)
    before = 1.0
    for i in range(x.size):
        y_old = saved[i]
        saved[i] = y_old * saved_1[i] + before
        y_saved[i] = saved[i] * y_old
        after = y_saved[i]
        before = after * 0.5
    return np.sum(saved * y_saved)


args = (np.array([0.5, 0.8, 0.3]),)
