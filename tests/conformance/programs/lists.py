"""reflected lists, comprehension, append, pop, sum"""

import numpy as np
from numba import njit


@njit
def f(x):
    l = [x[0], x[1] * 2.0]
    l.append(l[0] * l[1])
    l[0] = l[2] * 3.0
    m = [v * v for v in l]
    t = m.pop()
    s = 0.0
    for v in m:
        s += v
    return s + t


# l0 = 3*2x0x1=6x0x1; l1=2x1; l2=2x0x1; s= 36 x0²x1² + 4 x1² + 4x0²x1²
args = (np.array([2.0, 3.0]),)
want = np.array([80 * 2 * 9.0, 80 * 4 * 3.0 + 8 * 3])
