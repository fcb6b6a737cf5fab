"""google/tangent#69: S[i, 2] = 1; S[i, i] += d[i] in a branch"""

import numpy as np
from numba import njit


@njit
def f(d, n):
    S = np.zeros((n, n))
    for i in range(n):
        S[i, 2] = 1.0
        if i == 2:
            S[i, i] += d[i]
        if i > 1:
            S[i, i - 1] = d[i] * S[i, i]
    return np.sum(S * S)


# S[2,2] = 1 + d2; S[2,1] = d2 (1 + d2); S[3,2] = d3*S[3,3]=0 (overwrites the 1)
_d = np.array([0.5, 1.0, 2.0, 3.0])
args = (_d, 4)
want = np.array([0.0, 0.0, 2 * 3.0 + 2 * (2 * 3.0) * (1 + 2 * 2.0), 0.0])
