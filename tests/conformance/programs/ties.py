"""the largest of equals: every mode gives the shares that the table of kinks promises"""

import numpy as np
from numba import njit


@njit
def f(x):
    return np.max(x)


args = (np.array([2.0, 2.0, 1.0]),)
want = np.array([0.5, 0.5, 0.0])
