"""divmod, math.modf, math.frexp/ldexp, np.floor_divide, trunc on active numbers"""

import math

from numba import njit


@njit
def f(x):
    q, r = divmod(x, 1.5)
    return q * 3.0 + r * r + math.trunc(x) * x


args = (4.0,)
want = 2 * 1.0 + 4.0
smooth = False
