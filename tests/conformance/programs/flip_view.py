"""write through np.flip (a view in Numba and NumPy)"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    z = np.flip(y)
    z[0] = z[1] * z[1]
    return y[2] + y[0]


# z0 = y2 = y1²
args = (np.array([1.0, 2.0, 3.0]),)
want = np.array([1.0, 4.0, 0.0])
