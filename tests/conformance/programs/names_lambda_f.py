"""names: lambda_, f_, np_1, main, call, value, out as parameters"""

import math

from numba import njit


@njit
def f(f_, lambda_, np_1, main, call, value, out):
    s = f_ * lambda_
    for i in range(3):
        s = s * np_1 + main * math.sin(s)
    return s * call + value * out


argnums = (0, 1, 2, 3, 4, 5, 6)
args = (0.5, 0.7, 0.9, 1.1, 1.3, 1.7, 1.9)
