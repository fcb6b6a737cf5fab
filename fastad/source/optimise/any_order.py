"""Iterations that are reversed in their own order."""

from ..ir.statements import Fill, Store, walk
from ..reverse.loop_facts import has_loops, items_apart, only_added


class AnyOrder:
    """Iterations are reversed in their own order, so that memory is read forward.

    Legal for a loop without inner loops, fills of arrays and counters whose iterations share
    nothing but sums (`Loops.independent`), where each array that it stores into is only added to
    (`only_added`), or each iteration stores into items of its own (`items_apart`); and where the
    values that an iteration keeps have a place by its number, not on top of a stack: of a loop that
    stores all it needs, they must be items that no other iteration writes (`kept_apart`).

    Examples
    --------
    >>> import numpy as np
    >>> from fastad.source.emit.shown import change_by
    >>> def f(x):
    ...     y = x * x
    ...     s = y[0] * y[1]
    ...     for i in range(x.size):
    ...         y[i] = 3.0 * x[i]
    ...     return s + y[0]
    >>> print(change_by("any_order", f, np.ones(4)))
    -    for i in range(x.size - 1, -1, -1):
    +    for i in range(x.size):
    """

    name = "any_order"

    def any_order(self, adjoint, s, info):
        writes = [t for t in walk(s.body) if isinstance(t, Store | Fill)]
        if info.counters or has_loops(s.body) or any(isinstance(t, Fill) for t in writes):
            return None
        memories = {adjoint.memory(t.array) for t in writes}
        apart = all(only_added(adjoint, s, m) or items_apart(adjoint, s, m) for m in memories)
        return apart or None
