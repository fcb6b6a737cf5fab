"""Loops that run forward and at once backward, iteration by iteration."""

from ..ir.expressions import load
from ..ir.statements import Assign, Fill, Store, walk
from ..reverse.loop_facts import (
    bounds_of,
    has_loops,
    independent,
    kept_around,
    loop_over,
    own_names,
    writes_apart,
)
from ..reverse.loops import each_iteration
from ..reverse.outline import outline


class BothSweeps:
    """A loop of loops that carries only sums runs forward and backward iteration by iteration.

    The loop runs in the forward sweep for its results, and keeps nothing. In the reverse sweep each
    iteration runs again, and at once backward: what it keeps stays in the first cache, and its
    stacks are as long as one iteration needs.

    Legal for a loop inside no other whose iterations share nothing but sums and counters
    (`Loops.independent`). As it runs twice, it may add to no array, and each iteration must store
    into items of its own: the loop's variable, never negative, is their index along one axis
    (`items_apart`). The reverse of earlier statements must not need what the arrays held before.

    Examples
    --------
    >>> import math
    >>> import numpy as np
    >>> from fastad.source.emit.shown import change_by
    >>> def f(x):
    ...     s = 0.0
    ...     for i in range(x.size):
    ...         for j in range(i):
    ...             s += math.sin(x[i] * x[j])
    ...     return s
    >>> print(change_by("both_sweeps", f, np.ones(4), about=" sin_1 =,for i,for j"))
    +    for i in range(first_, last_):
    +        for j in range(i):
    +            sin_1 = math.sin(x[i] * x[j])
    +        for j in range(i - 1, -1, -1):
    +            # sin_1 = math.sin(x[i] * x[j])
    -    for i in range(x.size - 1, -1, -1):
    -        for j in range(i - 1, -1, -1):
    -            # sin_1 = math.sin(x[i] * x[j])
    """

    name = "both_sweeps"

    def loop(self, adjoint, s, needed):
        if adjoint.inside or not has_loops(s.body):
            return None
        info = independent(adjoint, s, needed)
        if info is None or _adds_to_outputs(adjoint, s, info) or not writes_apart(adjoint, s, info):
            return None
        return again(adjoint, s, info, needed)


def _adds_to_outputs(adjoint, s, info):
    return any(
        (isinstance(t, Store | Fill) and t.add and adjoint.memory(t.array) in info.outputs)
        for t in walk(s.body)
    )


def again(adjoint, s, info, needed):
    """Run the loop once for its results, and once more iteration by iteration with its reverse.

    The second run leaves out the additions to the loop's sums, which nothing in the loop reads.
    """
    uses = bounds_of(adjoint, s)
    first, last = kept_around(adjoint, {s.name} | info.sums | info.counters, needed)
    body, used, undone = each_iteration(adjoint, s, sorted(info.counters), info.sums)
    forward = [*first, loop_over(s, adjoint.plain(s.body))]
    if undone is None:
        return forward, last, needed - info.private
    before = {n: adjoint.fresh(f"{n}_before") for n in sorted(info.counters)}
    adjoint.program.namer.conditional |= {*before.values()}
    reset = [Assign(n, load(kept)) for n, kept in before.items()]
    forward = [*(Assign(kept, load(n)) for n, kept in before.items()), *forward]
    back = [*reset, *outline(adjoint, s, info, body), *last]
    used = (used - own_names(adjoint, s, info)) | uses
    adjoint.used |= used
    return forward, back, (needed - info.private) | used
