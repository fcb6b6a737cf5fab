"""an explicit stack in an array with a scalar pointer (depth first sum over a tree)"""

import numpy as np
from numba import njit


@njit
def f(x):
    n = x.size
    stack = np.zeros(n, np.int64)
    depth = np.zeros(n)
    top = 0
    stack[top] = 0
    depth[0] = 1.0
    top += 1
    s = 0.0
    while top > 0:
        top -= 1
        k = stack[top]
        s += depth[k] * x[k]
        for c in range(2 * k + 1, 2 * k + 3):
            if c < n:
                depth[c] = depth[k] * x[k] + 0.1
                stack[top] = c
                top += 1
    return s


args = (np.array([0.5, -0.3, 0.7, 1.3, -1.0, 0.2]),)
