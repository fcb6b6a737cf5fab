"""raises: np.linalg.solve of a singular matrix"""

import numpy as np
from numba import njit


@njit
def f(A):
    return np.sum(np.linalg.solve(A, np.ones(2)))


args = (np.array([[1.0, 2.0], [2.0, 4.0]]),)
raises = np.linalg.LinAlgError
