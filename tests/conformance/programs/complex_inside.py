"""ForwardDiff#726 kind: |z|^2 of complex arithmetic"""

import numpy as np
from numba import njit


@njit
def f(x):
    z = complex(x[0], x[1])
    w = z * z + 1j * z
    return w.real**2 + w.imag**2


_z = complex(0.3, -0.7)
_w = _z * _z + 1j * _z
_d = 2 * _z + 1j
args = (np.array([0.3, -0.7]),)
want = np.array([2 * (_w.conjugate() * _d).real, 2 * (_w.conjugate() * _d * 1j).real])
