"""Loops that carry a running minimum or maximum: only the iterations that changed it matter.

``best = min(best, s)`` passes its cotangent on to ``best`` unless ``s`` is as small.  The
iterations where it is, few of many, are noted with the value that they replaced; the way back
runs these again, forward and backward, and no other.
"""

from ..ir.statements import INT, text
from .loop_facts import bounds_of, iterations_of, kept_around, own_names
from .loops import iteration_reads
from .outline import without_room
from .storage import TOP

BETTER = {"min": "<", "minimum": "<", "max": ">", "maximum": ">"}


def extreme_loop(adjoint, s, needed):
    """Return (F, R, needed) of a loop that carries one running extreme alone, else None.

    Beside it there may be its tangent, in a tangent program.
    """
    if "extremes" not in adjoint.passes:
        return None
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
    # Room for all iterations at once: an array that a loop binds anew is counted in each of them.
    room = [f"{k} = room({k}, {top}, {iterations_of(s)})" for k, top in TOP.items()]
    forward = [*first, *room, f"{count} = 0"]
    forward.append(f"for {s.name} in {adjoint.range(s)}:")
    test = f"if not {name} {BETTER[statement.value.rule]} {text(info.extremes[name])}:"
    body = [*adjoint.plain(others), test, [*kept, f"{count} += 1"], *adjoint.plain(last_two)]
    forward.append(body)
    push, taken, ready = adjoint.keep(count, INT)
    back = [*ready, f"{count} = {taken}", f"for {adjoint.fresh('iteration')} in range({count}):"]
    some = " or ".join(f"nonzero({adjoint.bars[t.name]})" for t in active)
    back.append([*before, f"if {some}:", iteration])
    uses = (uses - own_names(adjoint, s, info)) | bounds_of(adjoint, s)
    adjoint.used |= uses
    return [*forward, *push], [*back, *last], (needed - info.private) | uses


def _iteration(adjoint, s, others, active):
    """Return the lines of an iteration that ran before, forward and backward; what they read."""
    outer = adjoint.frame, adjoint.used
    adjoint.frame, adjoint.used = None, set()
    adjoint.inside += 1
    lines = []
    for statement in reversed(active):
        p, b = adjoint.pullback(), adjoint.fresh("b")
        p.pull(statement.value, b)
        bar = adjoint.bars[statement.name]
        lines += [f"# {adjoint.shown(statement)}", f"{b} = {bar}", f"{bar} = 0.0", *p.lines]
        adjoint.note(p)
    f, r, _ = adjoint.block(others, set())
    adjoint.inside -= 1
    used = adjoint.used | iteration_reads(adjoint, s.body)
    adjoint.frame, adjoint.used = outer
    return [*f, *lines, *r], used - {t.name for t in active}


def _noted(adjoint, s, statement):
    """Return lines that note an iteration and the value that it replaces; that take both back.

    There is room for both.
    """
    outer, pushes = adjoint.frame, adjoint.pushes
    adjoint.frame, forward, back = None, [], []
    for name, t in ((s.name, INT), (statement.name, adjoint.types[statement.name])):
        push, taken, ready = adjoint.keep(name, t)
        forward += push
        back = [*ready, f"{name} = {taken}", *back]
    adjoint.frame, adjoint.pushes = outer, pushes
    for stack in TOP:
        forward = without_room(forward, stack)
    return forward, back
