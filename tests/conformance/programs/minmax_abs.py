"""max(abs) in a loop, min over squared distances with ties, nested"""

import numpy as np
from numba import njit


@njit
def f(p, c):
    s = 0.0
    for i in range(p.shape[0]):
        best = 1e300
        for k in range(c.shape[0]):
            d = 0.0
            for j in range(p.shape[1]):
                d += (p[i, j] - c[k, j]) ** 2
            best = min(best, d)
        s += best
    m = 0.0
    for i in range(p.shape[0]):
        m = max(m, abs(p[i, 0]))
    return s + m


_p = np.array([[0.0, 0.1], [2.0, 0.0], [-5.0, 1.0]])
_c = np.array([[0.0, 0.0], [1.5, 0.0]])
args = (_p, _c)
want = np.array([[0.0, 0.2], [1.0, 0.0], [-10.0 - 1.0, 2.0]])
