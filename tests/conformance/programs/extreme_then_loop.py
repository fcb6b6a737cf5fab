"""a running maximum inside a loop over data, then another loop over the same counter"""

import math

import numpy as np
from numba import njit


@njit
def f(alpha, x):
    total = 0.0
    for n in range(x.shape[0]):
        top = -1e300
        for k in range(alpha.shape[0]):
            v = alpha[k] * x[n]
            if v > top:
                top = v
        s = 0.0
        for k in range(alpha.shape[0]):
            s += math.exp(alpha[k] * x[n] - top)
        total += top + math.log(s)
    for k in range(alpha.shape[0]):
        total -= 0.5 * alpha[k]
    return total


_a = np.array([0.1, 0.2, 0.3])
_x = np.array([1.0, 2.0])
_p = np.exp(np.outer(_x, _a))
_p /= _p.sum(1, keepdims=True)
args = (_a, _x)
want = (_p * _x[:, None]).sum(0) - 0.5
