"""complex arrays: a conjugate is a copy, a real part is a view"""

import numpy as np
from numba import njit


@njit
def f(x):
    z = x * (1.0 + 2j)
    w = np.conj(z)
    w[0] = 0.0
    z.real[1] = x[2] * x[2]
    part = z.imag
    part[2] = x[0] * x[1]
    return z.real.sum() + z.imag.sum() + w.real.sum()


args = (np.array([2.0, 3.0, 5.0]),)
want = np.array([1.0 + 2.0 + 3.0, 2.0 + 2.0 + 1.0, 10.0 + 1.0 + 1.0])
