"""linear algebra: pinv of a tall matrix"""

import numpy as np
from numba import njit


@njit
def f(A):
    return np.sum(np.linalg.pinv(A))


args = (np.array([[3.0, 1.0], [0.5, 2.0], [1.0, 1.0]]),)
