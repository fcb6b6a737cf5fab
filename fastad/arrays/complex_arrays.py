"""Functions of whole arrays of complex numbers, by the arrays of their parts.

What is elementwise and has no branches is in `fastad.rules.complex_formulas`; this goes through the
items. A result is a pair of new arrays, in the same order of memory, as that of NumPy's functions.
"""

import numpy as np
from numba.extending import register_jitable

from ..rules import complex_formulas as formulas


@register_jitable
def reciprocals(x, y):
    """1 / (x + yi), as NumPy: nothing raises."""
    real, imag = np.empty_like(x), np.empty_like(x)
    for k in np.ndindex(x.shape):
        real[k], imag[k] = formulas.divide(1.0, 0.0, x[k], y[k])
    return real, imag


@register_jitable
def powers(x, y, c, d):
    """(x + yi) ** (c + di), of one exponent."""
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
