"""jax: a complex array of data beside real parameters; a written copy of it"""

import numpy as np
from numba import njit


@njit
def f(x, w):
    v = w.copy()
    v[0] = x[0] * 1j
    loss = 0.0
    for k, target in enumerate(w):
        r = v[k] * np.exp(1j * x[1]) - target
        loss += (r * r.conjugate()).real
    return loss


args = (np.array([0.5, 0.3]), np.array([1.0 + 1j, -0.5j, 0.25]))
