"""helpers with several results, written arrays and scalars, in a loop"""

import numpy as np
from numba import njit


@njit
def kick(q, p, dt):
    for i in range(q.size):
        p[i] -= dt * q[i] * q[i]
    e = 0.0
    for i in range(q.size):
        e += p[i] * p[i]
    return e, p[0], q


@njit
def f(x):
    q = x[:2].copy()
    p = x[2:].copy()
    s = 0.0
    for t in range(3):
        e, p0, r = kick(q, p, 0.1)
        r[0] += p0 * 0.2
        s += e * r[0]
        q[1] += p[1] * 0.3
    return s


args = (np.array([0.5, 1.0, 0.7, 1.3]),)
