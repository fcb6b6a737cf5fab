"""NPBench, nbody: forces of all pairs, two leapfrog steps in place"""

import math

import numpy as np
from numba import njit


@njit
def f(pos, mass):
    p = pos.copy()
    v = np.zeros_like(p)
    for step in range(2):
        for i in range(p.shape[0]):
            for j in range(p.shape[0]):
                if i == j:
                    continue
                d = p[j] - p[i]
                r = math.sqrt(np.sum(d * d) + 0.1)
                v[i] += 0.01 * mass[j] * d / r**3
        p += 0.1 * v
    return 0.5 * np.sum(v * v) + np.sum(p)


argnums = (0, 1)
args = (np.array([[0.0, 0.1], [1.0, 0.2], [0.5, 1.0]]), np.array([1.0, 2.0, 0.5]))
