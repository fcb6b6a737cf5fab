"""Loops that carry a running minimum or maximum: only the turns that changed it matter.

``best = min(best, s)`` passes its cotangent on to ``best`` unless ``s`` is as small.  The
turns where it is, few of many, are noted with the value that they replaced; the way back
runs these again, forward and backward, and no other.
"""

from .counted import bounds_of, kept_around, own_names
from .ir import INT, text
from .keeping import TOP
from .sweeps import turn_reads

BETTER = {"minimum": "<", "maximum": ">"}


def extreme_loop(adjoint, s, needed):
    """Return (F, R, needed) of a loop that carries one running extreme alone, else None."""
    info = adjoint.loops.independent(s, extremes=True)
    if info is None or info.sums | info.counters | info.outputs or len(info.extremes) != 1:
        return None
    name = next(iter(info.extremes))
    position = next(k for k, t in enumerate(s.body) if getattr(t, "name", "") == name)
    statement, others = s.body[position], s.body[:position]
    if name not in adjoint.activity.active or position != len(s.body) - 1:
        return None
    if {f"{m}[]" for m in info.private} & needed:
        return None
    first, last = kept_around(adjoint, {s.name}, needed)
    turn, uses = _turn(adjoint, s, others, statement)
    kept, before = _noted(adjoint, s, statement)
    count = adjoint.fresh("noted")
    forward = [*first, f"{count} = 0"]
    forward.append(f"for {s.name} in {adjoint.range(s)}:")
    test = f"if not {name} {BETTER[statement.value.rule]} {text(info.extremes[name])}:"
    body = [*adjoint.plain(others), test, [*kept, f"{count} += 1"], *adjoint.plain([statement])]
    forward.append(body)
    push, taken, ready = adjoint.keep(count, INT)
    bar = adjoint.bars[name]
    back = [*ready, f"{count} = {taken}", f"for _ in range({count}):"]
    back.append([*before, f"if nonzero({bar}):", turn])
    uses = (uses - own_names(adjoint, s, info)) | bounds_of(adjoint, s)
    adjoint.used |= uses
    return [*forward, *push], [*back, *last], (needed - info.private) | uses


def _turn(adjoint, s, others, statement):
    """Return the lines of a turn that ran before, forward and backward; what they read."""
    outer = adjoint.frame, adjoint.used
    adjoint.frame, adjoint.used = None, set()
    adjoint.inside += 1
    name, p, b = statement.name, adjoint.pullback(), adjoint.fresh("b")
    p.pull(statement.value, b)
    bar = adjoint.bars[name]
    lines = [f"{b} = {bar}", f"{bar} = 0.0", *p.lines]
    adjoint.note(p)
    f, r, _ = adjoint.block(others, set())
    adjoint.inside -= 1
    used = adjoint.used | turn_reads(adjoint, s.body)
    adjoint.frame, adjoint.used = outer
    return [*f, *lines, *r], used - {name}


def _noted(adjoint, s, statement):
    """Return lines that note a turn and the value that it replaces; that take both back."""
    outer, pushes = adjoint.frame, adjoint.pushes
    adjoint.frame, forward, back = None, [], []
    for name, t in ((s.name, INT), (statement.name, adjoint.types[statement.name])):
        push, taken, ready = adjoint.keep(name, t)
        forward += push
        back = [*ready, f"{name} = {taken}", *back]
    adjoint.frame, adjoint.pushes = outer, pushes
    return [f"stack_ = room(stack_, {TOP['stack_']}, 1)", *forward], back
