"""refusal of pinv"""

import numpy as np
from numba import njit


@njit
def f(A):
    return np.sum(np.linalg.pinv(A))


_i = np.linalg.inv(np.array([[3.0, 1.0], [4.0, 2.0]]))
args = (np.array([[3.0, 1.0], [4.0, 2.0]]),)
want = -_i.T @ np.ones((2, 2)) @ _i.T
