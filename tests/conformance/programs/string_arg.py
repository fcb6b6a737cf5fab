"""a string that chooses a branch"""

import numpy as np
from numba import njit


@njit
def f(x, how):
    if how == "l1":
        return np.sum(np.abs(x))
    elif how == "l2":
        return np.sum(x * x)
    return 0.0


points = [
    ((np.array([2.0, -3.0]), "l1"), np.array([1.0, -1.0])),
    ((np.array([2.0, -3.0]), "l2"), np.array([4.0, -6.0])),
    ((np.array([2.0, -3.0]), "no"), np.zeros(2)),
]
