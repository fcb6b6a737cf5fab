"""ForwardDiff#365: x log x guarded at 0 (limit of slope -inf)"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    s = 0.0
    for v in x:
        if v > 0.0:
            s -= v * math.log(v)
    return s


args = (np.array([0.0, 0.5, 0.5]),)
want = np.array([0.0, -1 - math.log(0.5), -1 - math.log(0.5)])
smooth = False
