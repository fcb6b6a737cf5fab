"""The two sweeps of a loop: values kept on a stack, or iterations run again."""

from ..analysis.contents import content
from ..ir.expressions import INT, constant, load
from ..ir.statements import (
    Array,
    Assign,
    Call,
    For,
    Ruled,
    Unsupported,
    While,
    reads_of,
    stored_into,
    walk,
)
from ..ir.templates import statements
from .loop_facts import (
    any_order,
    at_iteration,
    backwards,
    bounds_of,
    countdown,
    index_of,
    iterations_of,
    kept_apart,
    kept_around,
    loop_over,
    times,
)
from .storage import Frame, carried_arrays, framed, own_arrays


def for_loop(adjoint, s, needed):
    """Return (F, R, needed) of a counted loop, by the first pass that takes it, or `stored`."""
    found = adjoint.passes.ask("loop", adjoint, s, needed)
    if found is not None:
        return found
    info = adjoint.loops.independent(s)
    return stored(adjoint, s, needed, info is not None and any_order(adjoint, s, info))


def stored(adjoint, s, needed, any_order=False):
    """Return (F, R, needed) of a counted loop that keeps each needed value that it overwrites.

    What an iteration's R reads is needed by the iteration before: the body is differentiated again
    until ``needed`` no longer grows.
    """
    uses = bounds_of(adjoint, s)
    first, last = kept_around(adjoint, {s.name}, needed)
    inner = [t for t in walk(s.body) if isinstance(t, For | While | Call | Array | Ruled)]
    index = index_of(s)
    frame = None
    outer_frame, outer_inside, outer_carried = adjoint.frame, adjoint.inside, adjoint.carried
    n0 = needed - {s.name}
    iterations = adjoint.fresh("iterations")
    adjoint.counts.add(iterations)
    carried = carried_arrays(adjoint, s.body, needed)
    while True:
        state = adjoint.mark()
        frame = Frame(iterations, index) if not inner and index else None
        adjoint.frame, adjoint.inside = frame, outer_inside + 1
        adjoint.carried = adjoint.carried | carried
        outer_used, adjoint.used = adjoint.used, set()
        f, r, n1 = adjoint.block(s.body, n0)
        adjoint.used |= outer_used
        adjoint.frame, adjoint.inside = outer_frame, outer_inside
        adjoint.carried = outer_carried
        n1 = n1 - {s.name} - own_arrays(s.body, carried)
        if n1 <= n0:
            break
        n0 = n0 | n1
        adjoint.back(state)
    opened, closed, back = framed(frame, iterations_of(s))
    forward = [*first, *opened]
    done = adjoint.fresh("done") if s.exit_flag else ""
    body = list(f)
    if s.exit_flag:
        forward.append(Assign(done, constant(0, None)))
        body += statements("done += 1", done=done)
    forward += [loop_over(s, body), *closed]
    if s.exit_flag and r:
        push, taken, ready = adjoint.keep(done, adjoint.program.types[s.name])
        forward += push
        back = [*ready, Assign(done, taken), *back]
        iteration = adjoint.fresh("iteration")
        back.append(countdown(iteration, load(done), [at_iteration(s, iteration), *r]))
    elif r and any_order and frame and kept_apart(adjoint, s, frame.sources):
        back.append(loop_over(s, r))
    elif r:
        back.append(backwards(adjoint, s, r))
    else:
        back = []
    if not back:
        return forward, last, n0
    adjoint.used |= uses
    return forward, [*back, *last], n0 | uses


def while_loop(adjoint, s, needed):
    """Return (F, R, needed) of a while loop: F counts the iterations, and R reverses as many."""
    body = [*s.body, *s.setup]
    outer_frame, outer_inside, outer_carried = adjoint.frame, adjoint.inside, adjoint.carried
    count = adjoint.fresh("iterations")
    setup_f, setup_r, n0 = adjoint.block(s.setup, needed)
    carried = carried_arrays(adjoint, body, needed)
    while True:
        state = adjoint.mark()
        adjoint.frame, adjoint.inside = None, outer_inside + 1
        adjoint.carried = adjoint.carried | carried
        outer_used, adjoint.used = adjoint.used, set()
        f, r, n1 = adjoint.block(body, n0)
        adjoint.used |= outer_used
        adjoint.frame, adjoint.inside = outer_frame, outer_inside
        adjoint.carried = outer_carried
        n1 = n1 - own_arrays(body, carried)
        if n1 <= n0:
            break
        n0 = n0 | n1
        adjoint.back(state)
    if s.exit_flag and s.setup:
        raise Unsupported("a break in a loop whose condition takes several steps")
    iteration = [*f, *statements("count += 1", count=count)]
    forward = [
        *setup_f,
        Assign(count, constant(0, None)),
        While([], s.test, iteration, s.exit_flag),
    ]
    if not (r or setup_r):
        return forward, [], n0
    push, taken, ready = adjoint.keep(count, INT)
    back = [*ready, Assign(count, taken), times(adjoint.fresh("iteration"), count, r)]
    return [*forward, *push], [*back, *setup_r], n0


def each_iteration(adjoint, s, counters=(), unwritten=frozenset()):
    """Return (an iteration, forward and at once backward; what it reads; tokens R restores).

    R may count ``counters`` back: they are saved before R, and set again for the next iteration.
    R may restore old items of arrays, which then do not hold what the iterations wrote: the third
    result has their tokens; it is None if there is no R.  F does not add to what is in
    ``unwritten``.
    """
    outer = adjoint.frame, adjoint.used, adjoint.unwritten
    adjoint.frame, adjoint.used, adjoint.unwritten = None, set(), unwritten
    adjoint.inside += 1
    f, r, _ = adjoint.block(s.body, set(), at_once=True)
    adjoint.inside -= 1
    used = adjoint.used
    adjoint.frame, adjoint.used, adjoint.unwritten = outer
    ahead = [(n, adjoint.fresh(f"{n}_ahead")) for n in counters]
    kept = [Assign(a, load(n)) for n, a in ahead]
    go_on = [*kept, *r, *(Assign(n, load(a)) for n, a in ahead)]
    undone = undone_items(adjoint, r) if r else None
    return [*f, *go_on], used | iteration_reads(adjoint, s.body), undone


def undone_items(adjoint, body):
    """Return the tokens of the program's arrays, adjoints apart, into which R stores items."""
    bars = {*adjoint.bars.values()}
    stores = {stored_into(t) for t in walk(body)} - {None}
    return {content(adjoint.memory(n)) for n in stores if n not in bars and n in adjoint.types}


def iteration_reads(adjoint, body):
    """Return the names that an iteration's statements read, and the tokens of arrays' items."""
    values = set()
    for t in walk(body):
        values |= reads_of(t) | adjoint.activity.contents.read_by(t)
    return values
