"""write through a reshape of a transposed (Fortran) array"""

import numpy as np
from numba import njit


@njit
def f(x):
    y = x.copy()
    t = y.T
    z = t.reshape(t.shape[0], t.shape[1], 1)
    z[0, 1, 0] = z[0, 0, 0] * 3.0
    return np.sum(y * y)


# t[0,1] = y[1,0] = 3*y[0,0]
_x = np.array([[1.0, 2.0], [3.0, 4.0]])
args = (_x,)
want = np.array([[2.0 + 18.0, 4.0], [0.0, 8.0]])
