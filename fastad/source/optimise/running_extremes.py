"""Loops that carry a running minimum or maximum: only iterations that changed it are reversed.

Where ``best`` is less than ``s``, ``best = min(best, s)`` passes its whole cotangent on to
``best``.  The other iterations (a new extreme, a tie or a NaN), few of many, are noted in the
forward sweep with the value that they replaced.  The reverse sweep runs these again, forward and
backward, and no other.
"""

from ..ir.expressions import INT, constant, expression, load
from ..ir.statements import TOPS, Assign, If, Room
from ..ir.templates import statements
from ..reverse.loop_facts import (
    any_nonzero,
    bounds_of,
    iterations_of,
    kept_around,
    loop_over,
    own_names,
    times,
)
from ..reverse.loops import iteration_reads
from ..reverse.storage import zeroed

BETTER = {"min": "<", "minimum": "<", "max": ">", "maximum": ">"}


class RunningExtremes:
    """Of a running minimum or maximum only the iterations that changed it are reversed.

    An iteration is noted unless v is strictly better than the term: then the term gets no share of
    the cotangent, so that the reverse of the iteration would do nothing.

    Legal for a loop whose iterations share one variable v and nothing else, no sum, counter or
    array (`Loops.independent`): the only statement on v is ``v = min(v, term)``, or ``max``, the
    last of the body (`analysis.dependence.extreme_term`); in a tangent program the tangent of v is
    carried, too, by the statement before. The reverse of earlier statements must need neither the
    old items of the loop's arrays nor the old value of that tangent.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad.source.emit.shown import change_by
    >>> def f(x):
    ...     best = x[0]
    ...     for i in range(1, x.size):
    ...         best = max(best, x[i])
    ...     return best
    >>> print(change_by("extremes", f, np.ones(4), about="best >,noted"))
    +    noted = 0
    +        if not best > x[i]:
    +            noted += 1
    +    kept_[kept_top_] = noted
    +    noted = kept_[kept_top_]
    +    for iteration in range(noted):
    """

    name = "extremes"

    def loop(self, adjoint, s, needed):
        return extreme_loop(adjoint, s, needed)


def extreme_loop(adjoint, s, needed):
    """Return (F, R, needed) of a loop with one running extreme; None if it is not legal."""
    info = adjoint.loops.independent(s, extremes=True)
    if info is None or info.sums | info.counters | info.outputs or len(info.extremes) != 1:
        return None
    name = next(iter(info.extremes))
    if any(extreme != name for extreme in info.beside.values()) or len(info.beside) > 1:
        return None
    carried = {name, *info.beside}
    others, last_two = s.body[: -len(carried)], s.body[-len(carried) :]
    if [getattr(t, "name", "") for t in last_two] != [*info.beside, name]:
        return None
    active = [t for t in last_two if t.name in adjoint.activity.active]
    if not active or {f"{m}[]" for m in info.private} & needed or {*info.beside} & needed:
        return None
    first, last = kept_around(adjoint, {s.name}, needed)
    iteration, uses = _iteration(adjoint, s, others, active)
    statement = last_two[-1]
    kept, before = _noted(adjoint, s, statement)
    count = adjoint.fresh("noted")
    # Room for all iterations at once: for an array that a loop binds Numba counts references.
    room = [Room(stack, iterations_of(s)) for stack in TOPS]
    test = expression(f"not v {BETTER[statement.value.rule]} x", v=name, x=info.extremes[name])
    noted = If(test, [*kept, *statements("count += 1", count=count)], [])
    body = [*adjoint.plain(others), noted, *adjoint.plain(last_two)]
    forward = [*first, *room, Assign(count, constant(0, None)), loop_over(s, body)]
    push, taken, ready = adjoint.keep(count, INT)
    some = any_nonzero(adjoint.bars[t.name] for t in active)
    again = times(adjoint.fresh("iteration"), count, [*before, If(some, iteration, [])])
    back = [*ready, Assign(count, taken), again]
    uses = (uses - own_names(adjoint, s, info)) | bounds_of(adjoint, s)
    adjoint.used |= uses
    return [*forward, *push], [*back, *last], (needed - info.private) | uses


def _iteration(adjoint, s, others, active):
    """Return an iteration, forward and backward, to be run again, and what it reads."""
    outer = adjoint.frame, adjoint.used
    adjoint.frame, adjoint.used = None, set()
    adjoint.inside += 1
    pulled = []
    for statement in reversed(active):
        p, b = adjoint.pullback(statement.name), adjoint.fresh("b")
        p.pull(statement.value, b)
        bar = adjoint.bars[statement.name]
        pulled += [adjoint.comment(statement), Assign(b, load(bar)), zeroed(bar), *p.body]
        adjoint.note(p)
    f, r, _ = adjoint.block(others, set())
    adjoint.inside -= 1
    used = adjoint.used | iteration_reads(adjoint, s.body)
    adjoint.frame, adjoint.used = outer
    return [*f, *pulled, *r], used - {t.name for t in active}


def _noted(adjoint, s, statement):
    """Return the statements that note an iteration and the value it replaces; those that take both.

    There is room on the stacks already.
    """
    outer, pushes = adjoint.frame, adjoint.pushes
    adjoint.frame, forward, back = None, [], []
    for name, t in ((s.name, INT), (statement.name, adjoint.types[statement.name])):
        push, taken, ready = adjoint.keep(name, t)
        forward += push
        back = [*ready, Assign(name, taken), *back]
    adjoint.frame, adjoint.pushes = outer, pushes
    return [t for t in forward if not isinstance(t, Room)], back
