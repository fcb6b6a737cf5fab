"""integers: bytes whose difference is taken as Numba takes it, modulo 2**64, in branches"""

import numpy as np
from numba import njit


@njit
def f(x, u, image):
    s = 1.0
    while s < 1e4:
        u = u ^ (u << np.uint64(13))
        u = u ^ (u >> np.uint64(7))
        u = u ^ (u << np.uint64(17))
        if u >> np.uint64(63):
            s = s * (1.0 + x[0] * x[0] * (u * 2.0**-64))
        else:
            s += x[2] * float(u >> np.uint64(33)) * 2.0**-31
    d = image[0]
    for i in range(3):
        d = image[i] - image[i + 1]
        s = s * x[i] * (d * 2.0**-64 + 1.0)
    return s


args = (
    np.array([0.7, -1.3, 2.1]),
    np.uint64(0x9E3779B97F4A7C15),
    np.array([3, 200, 7, 9], np.uint8),
)
tol = 1e-6
smooth = False
