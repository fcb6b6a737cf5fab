"""complex powers: the derivative by an exponent that happens to be 2, where Numba multiplies"""

import cmath

import numpy as np
from numba import njit


@njit
def f(p):
    z = complex(0.6, 0.8) ** complex(p[0], p[1])
    return z.real - 2.0 * z.imag


args = (np.array([2.0, 0.0]),)
_z = 0.6 + 0.8j
_d = cmath.log(_z) * _z**2
want = np.array([_d.real - 2.0 * _d.imag, (1j * _d).real - 2.0 * (1j * _d).imag])
