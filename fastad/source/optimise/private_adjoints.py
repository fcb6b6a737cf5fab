"""Adjoints of arrays that are local to an iteration."""

from ..ir.expressions import names_in
from ..ir.statements import Array, arrays_bound, walk, written


class PrivateAdjoints:
    """Adjoints of arrays that are local to an iteration are made in the reverse sweep, not kept.

    Legal for an array that a block makes in a statement of its own, if nothing outside of the block
    reads it or a view of it, no variable of its memory is bound elsewhere or carried from iteration
    to iteration, and its views can be made again in the reverse sweep: its adjoints are zero where
    the reverse of the block begins.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad.source.emit.shown import change_by
    >>> def f(x):
    ...     s = 0.0
    ...     for i in range(x.size):
    ...         y = np.zeros(2)
    ...         y[0] = x[i]
    ...         s += y[0] * y[1]
    ...     return s
    >>> print(change_by("private_adjoints", f, np.ones(4)))
    -    y_kept_1_bar = []
    -        y_bar = zeros_for(y, base_)
    -        y_kept_1_bar.append(y_bar)
    -        y_bar = last_of(y_kept_1_bar)
    +        y_bar = zeros_for(y, base_)
    """

    name = "private_adjoints"

    def private(self, adjoint, body):
        """Return the memories that are local to a block; see the class."""
        outside = adjoint.loops.reads_outside(body) | adjoint.carried | adjoint.bound_again
        made = {t.name for t in body if isinstance(t, Array) and t.kind == "new"}
        made -= outside
        bound, changed = set(), set()
        for t in reversed(body):  # a view is made again: what it is made from must not change
            if not (isinstance(t, Array) and t.kind == "view" and names_in(t.value) & changed):
                bound |= set(arrays_bound(t))
            changed |= {n for u in walk([t]) for n in written(u)}
        bound -= outside
        names = {n: {v for v in adjoint.types if adjoint.memory(v) == n} for n in made}
        return {n for n in made if adjoint.memory(n) == n and names[n] <= bound}
