"""tuples indexed in loops; a tuple returned by a helper"""

import numpy as np
from numba import njit


@njit
def two(x, y):
    return x * y, x + y


@njit
def f(x):
    p, q = two(x[0], x[1])
    r = two(p, q)
    t = (p, q, r[0], r[1])
    s = 0.0
    for i in range(4):
        s += t[i] * (i + 1)
    return s


# p=x0x1,q=x0+x1; s = p+2q+3pq+4(p+q)=5p+6q+3pq
args = (np.array([2.0, 3.0]),)
want = np.array([5 * 3 + 6 + 3 * (3 * 5 + 6.0), 5 * 2 + 6 + 3 * (2 * 5 + 6.0)])
