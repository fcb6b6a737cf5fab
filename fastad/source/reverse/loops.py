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
    """Return (F, R, needed) of a counted loop, by the first way that applies."""
    found = adjoint.passes.ask("loop", adjoint, s, needed)
    if found is not None:
        return found
    info = adjoint.loops.independent(s)
    return stored(adjoint, s, needed, info is not None and any_order(adjoint, s, info))


def stored(adjoint, s, needed, any_order=False):
    """Keep every value that is needed and overwritten, iteration by iteration."""
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
    """Count the iterations, and take them back."""
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
    """Return (one iteration, forward and backward; what it reads; what its R undoes).

    The way back may count counters back: the next iteration gets them as they were before that.
    Where it takes back items of arrays, the arrays are no longer what the iterations made of them:
    these are the third, as tokens; None where there is no way back.
    What is ``unwritten``, sums, is not added to.
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
    """Return the tokens of the arrays of the program into which statements store items."""
    bars = {*adjoint.bars.values()}
    stores = {stored_into(t) for t in walk(body)} - {None}
    return {content(adjoint.memory(n)) for n in stores if n not in bars and n in adjoint.types}


def iteration_reads(adjoint, body):
    """Return what the statements of an iteration read, contents of arrays too."""
    values = set()
    for t in walk(body):
        values |= reads_of(t) | adjoint.activity.contents.read_by(t)
    return values
