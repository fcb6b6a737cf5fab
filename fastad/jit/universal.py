"""Universal functions, which `numba.vectorize` made: the function of numbers that each repeats."""

import functools
import weakref

import numba
from numba.np.ufunc.dufunc import DUFunc

_KERNELS = weakref.WeakSet()


def on_numbers(f):
    """Return the @njit function of numbers behind a universal function; all others as they are.

    One that is compiled for given signatures, none of them of ``float64``, stays: it converts.
    """
    if not isinstance(f, DUFunc):
        return f
    floats = f"{'d' * f.nin}->{'d' * f.nout}"
    return kernel(f) if floats in f.types or not f._frozen else f


@functools.cache
def kernel(target):
    """Return a universal function's loop body as Numba compiles it: divisions do not raise."""
    given = target._dispatcher.targetoptions
    options = {k: given[k] for k in ("fastmath", "boundscheck") if k in given}
    made = numba.njit(error_model="numpy", **options)(target._dispatcher.py_func)
    _KERNELS.add(made)
    return made


def is_kernel(f):
    """Tell whether an @njit function is the loop body of a universal function."""
    return f in _KERNELS
