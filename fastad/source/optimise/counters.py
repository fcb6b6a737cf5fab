"""Integers whose old value the reverse sweep computes, by counting back."""

from numba.core import types

from ..ir.expressions import load, names_in
from ..ir.statements import Set, sum_term


class Counters:
    """The old value of an integer is computed by taking back its step, and not stored.

    Legal for ``k = k + step`` or ``k = k - step`` of an integer k, whose step does not read k: sums
    of integers are exact. All that the step reads, items of arrays too, is added to what the
    reverse sweep needs, so that it is as it was.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad.source.emit.shown import change_by
    >>> def f(x, n):
    ...     s, k = 1.0, 0
    ...     while k < n:
    ...         s *= x[k]
    ...         k += 2
    ...     return s
    >>> print(change_by("counters", f, np.ones(4), 4))
    -        kept_ = room(kept_, kept_top_, 1)
    -        kept_[kept_top_] = k
    -        kept_top_ += 1
    -        kept_top_ -= 1
    -        k = kept_[kept_top_]
    +        k -= 2
    """

    name = "counters"

    def undo(self, adjoint, s):
        step = sum_term(s)
        if step is None or not isinstance(adjoint.types[s.name], types.Integer):
            return None
        sign, term = step
        reads = names_in(term) | adjoint.contents(term) | {s.name}
        return [Set(load(s.name), term, "-" if sign > 0 else "+")], reads
