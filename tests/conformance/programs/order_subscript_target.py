"""order of evaluation: the value is evaluated before the index of the target"""

import numpy as np
from numba import njit


@njit
def step(k):
    k[0] += 1
    return k[0]


@njit
def f(x):
    y = np.zeros_like(x)
    k = np.zeros(1, np.int64)
    y[step(k)] = x[step(k) - 2] * 5.0
    return y[2] * y[2]


# value first: step gives 1 -> x[-1]; the index is 2
args = (np.array([1.0, 2.0, 3.0]),)
want = np.array([0.0, 0.0, 2 * 15.0 * 5.0])
