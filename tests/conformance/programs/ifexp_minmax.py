"""min, max of three, np.maximum, np.minimum with ties, clip at bounds, relu, sign"""

import numpy as np
from numba import njit


@njit
def f(x):
    a = max(x[0], x[1], 1.0) + min(x[2], x[3])
    b = np.sum(np.maximum(x, 0.0)) + np.sum(np.minimum(x, 10.0)) + np.sum(np.clip(x, -1.0, 2.0))
    c = np.sum(np.abs(x) * np.sign(x))
    return a + b + c


args = (np.array([1.5, 5.0, -3.0, -2.5]),)
# a: x1 twice; relu: 1,1,0,0; min: 1 each; clip: 1,0,0,0; |x| sign x: sign squared
want = np.array([0 + 1 + 1 + 1 + 1, 1 + 1 + 1 + 0 + 1, 1 + 0 + 1 + 0 + 1, 0 + 0 + 1 + 0 + 1.0])
