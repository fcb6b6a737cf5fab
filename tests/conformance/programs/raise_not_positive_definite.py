"""raises: np.linalg.cholesky of an indefinite matrix"""

import numpy as np
from numba import njit


@njit
def f(A):
    return np.sum(np.linalg.cholesky(A))


args = (np.array([[1.0, 2.0], [2.0, 1.0]]),)
raises = np.linalg.LinAlgError
