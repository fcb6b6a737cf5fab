"""std and var of equal numbers (std: nan/inf in other tools)"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.var(x) + np.std(x) * 0.0 + x.mean()


args = (np.array([2.0, 2.0]),)
want = np.array([0.5, 0.5])
