"""integers: int32 and int64 data, bool masks, uint8"""

import numpy as np
from numba import njit


@njit
def f(x, a, b, m):
    s = 0.0
    for i in range(x.size):
        if m[i]:
            s += x[i] * a[i] / b[i]
        s += x[i] ** b[i]
    return s


args = (
    np.array([2.0, 3.0]),
    np.array([3, 4], np.int32),
    np.array([2, 1], np.uint8),
    np.array([True, False]),
)
want = np.array([1.5 + 4.0, 1.0])
