"""Functions of whole arrays of complex numbers, in terms of the arrays of their parts.

They are loops over the items; functions without branches need no loop, and are in
`fastad.rules.complex_formulas`. A result is a pair of new arrays, in the order of memory of the
argument, as NumPy's result is.
"""

import numpy as np
from numba.extending import register_jitable

from ..rules import complex_formulas as formulas


@register_jitable
def reciprocals(x, y):
    """1 / (x + yi); as with NumPy nothing raises."""
    real, imag = np.empty_like(x), np.empty_like(x)
    for k in np.ndindex(x.shape):
        real[k], imag[k] = formulas.divide(1.0, 0.0, x[k], y[k])
    return real, imag


@register_jitable
def powers(x, y, c, d):
    """(x + yi) ** (c + di), the same exponent for all items."""
    real, imag = np.empty_like(x), np.empty_like(x)
    for k in np.ndindex(x.shape):
        real[k], imag[k] = formulas.cpow(x[k], y[k], c, d)
    return real, imag


@register_jitable
def logs(x, y):
    """The logarithm of each item."""
    real, imag = np.empty_like(x), np.empty_like(x)
    for k in np.ndindex(x.shape):
        real[k], imag[k] = formulas.clog(x[k], y[k])
    return real, imag


@register_jitable
def sqrts(x, y):
    """The root of each item."""
    real, imag = np.empty_like(x), np.empty_like(x)
    for k in np.ndindex(x.shape):
        real[k], imag[k] = formulas.csqrt(x[k], y[k])
    return real, imag
