"""Adjoints of arrays that only an iteration knows."""

from ..ir.expressions import names_in
from ..ir.statements import Array, arrays_bound, walk, written


class PrivateAdjoints:
    """Adjoints of arrays that only an iteration knows are made on the way back.

    Legal where nothing outside the block reads the array, or what is a part of it: the adjoints
    are zero where the way back through the block begins.

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
        """Return the memories that are made in a block and that nothing outside of it reads."""
        outside = adjoint.loops.reads_outside(body) | adjoint.carried | adjoint.bound_again
        made = {t.name for t in body if isinstance(t, Array) and t.kind == "new"}
        made -= outside
        bound, changed = set(), set()
        for t in reversed(body):  # a view has to be made again, from what it was made from
            if not (isinstance(t, Array) and t.kind == "view" and names_in(t.value) & changed):
                bound |= set(arrays_bound(t))
            changed |= {n for u in walk([t]) for n in written(u)}
        bound -= outside
        names = {n: {v for v in adjoint.types if adjoint.memory(v) == n} for n in made}
        return {n for n in made if adjoint.memory(n) == n and names[n] <= bound}
