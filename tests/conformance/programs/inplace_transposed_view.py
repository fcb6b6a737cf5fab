"""pytorch#67800: in-place through a transposed view must reach the base"""

import numpy as np
from numba import njit


@njit
def f(x):
    base = x.copy()
    view = base.T
    view *= 2.0
    view[0, 1] = view[0, 1] * view[1, 0]
    return np.sum(base * base)


_x = np.array([[1.0, 2.0], [3.0, 4.0]])
# base = 2x, base[1,0] = 2x10*2x01
args = (_x,)
want = np.array(
    [
        [8.0, 8 * 2.0 + 2 * 16 * 6.0 * 0 + 2 * (4 * 3 * 2.0) * 4 * 3.0],
        [2 * (4 * 3 * 2.0) * 4 * 2.0, 32.0],
    ]
)
