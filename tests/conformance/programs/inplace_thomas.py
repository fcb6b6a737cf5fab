"""tridiagonal solve in place (recurrences a[i] by a[i-1])"""

import numpy as np
from numba import njit


@njit
def f(d, e, r):
    n = d.size
    c = np.empty_like(e)
    y = np.empty_like(r)
    c[0] = e[0] / d[0]
    y[0] = r[0] / d[0]
    for i in range(1, n):
        m = d[i] - e[i - 1] * c[i - 1]
        if i < n - 1:
            c[i] = e[i] / m
        y[i] = (r[i] - e[i - 1] * y[i - 1]) / m
    for i in range(n - 2, -1, -1):
        y[i] -= c[i] * y[i + 1]
    return np.sum(y**3)


argnums = (0, 1, 2)
_d = np.array([4.0, 5.0, 4.5, 6.0])
_e = np.array([1.0, -0.5, 2.0])
_r = np.array([1.0, 2.0, -1.0, 0.5])
_T = np.diag(_d) + np.diag(_e, 1) + np.diag(_e, -1)
_s = np.linalg.solve(_T, _r)
_l = np.linalg.solve(_T.T, 3 * _s**2)
_G = -np.outer(_l, _s)
args = (_d, _e, _r)
want = (np.diag(_G).copy(), np.diag(_G, 1) + np.diag(_G, -1), _l)
