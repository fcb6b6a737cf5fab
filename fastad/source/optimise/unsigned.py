"""Indices that are not tested for being negative."""

from ..analysis.nonnegative import not_negative
from ..ir.statements import TOPS, Names


class Unsigned:
    """Indices that are never negative are not tested for it.

    (Numba counts an index below zero from the end, by a test at every access.)

    Legal for an integer variable, no parameter, if each of its definitions is a literal from 0 on,
    an extent, or a sum, product, quotient, remainder, minimum or maximum of such values; or if it
    is the variable of a loop that counts up from such a value, or down to one or to -1
    (`not_negative`). Legal for the tops of the stacks, too.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad.source.emit.shown import change_by
    >>> def f(x):
    ...     y = 1.0
    ...     for i in range(x.size):
    ...         y = y * x[i]
    ...     return y
    >>> print(change_by("unsigned", f, np.ones(4)))
    -@sweeping()
    +@sweeping("i", "top_")
    """

    name = "unsigned"

    def not_negative(self, programs, body):
        """Return the variables of a function's body that are never negative."""
        names = Names(body)
        known = {n for p in programs for n in not_negative(p)} | {*TOPS.values()}
        return known & (names.loaded | names.stored)
