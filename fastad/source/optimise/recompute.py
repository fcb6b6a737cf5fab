"""Loops whose reverse computes again what is cheap, and stores the rest."""

from ..analysis.contents import content
from ..analysis.dependence import is_cheap
from ..ir.callees import EXPENSIVE
from ..ir.expressions import constant
from ..ir.statements import Array, Assign, For, If, Room, is_array
from ..reverse.loop_facts import (
    any_nonzero,
    any_order,
    backwards,
    bounds_of,
    defined_in,
    independent,
    index_of,
    items_apart,
    iterations_of,
    kept_around,
    loop_over,
    own_names,
    reads_in,
)
from ..reverse.storage import Frame, framed


class Recompute:
    """The reverse of an iteration computes cheap values again, and takes only others from a stack.

    Legal for a loop whose iterations share nothing but sums and counters (`Loops.independent`), and
    where the reverse of earlier statements does not need what its arrays held before. What an
    iteration computes and its reverse reads is computed again by statements that are cheap, keep
    nothing and read no counter; else, if it is a scalar, it is stored, with its value at the
    iteration's end: so a statement that runs again may not assign a stored scalar, nor read one
    that it or a later statement assigns (`_slice`). Items that the reverse reads of arrays which
    the loop writes must be the iteration's own (`items_apart`). All else that is read is added to
    what is needed, so that it is as it was.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad.source.emit.shown import change_by
    >>> def f(x):
    ...     s = 0.0
    ...     for i in range(x.size):
    ...         t = 2.0 * x[i]
    ...         s += t * t
    ...     return s
    >>> print(change_by("recompute", f, np.ones(4), about=" t "))
    -    t = 0.0
    +        t = 2.0 * x[i]
    -        t = stack_[top_ + i]
    """

    name = "recompute"

    def loop(self, adjoint, s, needed):
        info = independent(adjoint, s, needed)
        return None if info is None else replay(adjoint, s, info, needed)


def _pieces(adjoint, s, needed):
    """Return (statement, F, R, whether F keeps values) of each statement, and all that R reads."""
    outer = adjoint.frame, adjoint.inside, adjoint.used
    adjoint.frame, adjoint.inside, adjoint.used = None, adjoint.inside + 1, set()
    pieces, inner_needed = [], set(needed)
    for t in s.body:
        before, pushed = adjoint.events, adjoint.pushes
        f, r, inner_needed = adjoint.statement(t, inner_needed)
        if adjoint.pushes > pushed:
            f = [Room("stack_", constant(adjoint.pushes - pushed, None)), *f]
            adjoint.pushes = pushed
        pieces.append((t, f, r, adjoint.events > before))
    used = adjoint.used
    adjoint.frame, adjoint.inside, adjoint.used = outer
    return pieces, used


def replay(adjoint, s, info, needed):
    """Return (F, R, needed) of a loop whose reverse computes again; None if that is not legal."""
    state = adjoint.mark()
    pieces, used = _pieces(adjoint, s, set())
    counters = info.counters & (needed | used)
    if counters:  # then each iteration's reverse has to take them back
        adjoint.back(state)
        pieces, used = _pieces(adjoint, s, counters)
    chosen = _slice(adjoint, pieces, used, info)
    if chosen is None:
        adjoint.back(state)
        return None
    rerun, cached, reads = chosen
    lines = _replayed(adjoint, s, info, pieces, rerun, cached, needed)
    used |= reads
    read = {
        m for m in info.outputs if content(m) in used
    }  # R reads these as the iterations left them
    if not all(items_apart(adjoint, s, m) for m in read):
        adjoint.back(state)
        return None
    items = {content(m) for m in read}
    uses = (used - own_names(adjoint, s, info)) | bounds_of(adjoint, s) | items
    forward, back = lines
    if not back:
        return forward, [], needed
    adjoint.used |= uses
    return forward, back, (needed - info.private - info.sums) | uses


def _slice(adjoint, pieces, used, info):
    """Choose what to run again and what to store, or None.

    Return (places of statements that run again, scalars that are stored, what the former read).
    """
    own = {n for t, *_ in pieces for n in defined_in(adjoint, t)} - info.sums - info.counters
    own -= {content(m) for m in info.outputs}
    wanted = used & own
    rerun, cached, done, reads = set(), set(), set(), set()
    while wanted - done:
        name = sorted(wanted - done)[0]
        done.add(name)
        makers = [k for k, (t, *_) in enumerate(pieces) if name in defined_in(adjoint, t)]
        scalar = not name.endswith("[]") and not is_array(adjoint.types.get(name))
        cheap = all(_repeatable(pieces[k], scalar) for k in makers)
        if cheap:
            cheap = not any(reads_in(adjoint, pieces[k][0]) & info.counters for k in makers)
        if scalar and not cheap:
            cached.add(name)
            continue
        if not cheap:
            return None
        for k in makers:
            rerun.add(k)
            reads |= reads_in(adjoint, pieces[k][0])
            wanted |= (reads_in(adjoint, pieces[k][0]) | defined_in(adjoint, pieces[k][0])) & own
    for k in rerun:
        if defined_in(adjoint, pieces[k][0]) & cached:
            return None
        late = {n for t, *_ in pieces[k:] for n in defined_in(adjoint, t)}
        if reads_in(adjoint, pieces[k][0]) & cached & late:
            return None  # the stored value is that of the iteration's end, not of this statement
    return rerun, cached, reads


def _repeatable(piece, scalar):
    """Tell whether a statement is cheap enough to run again, and its F keeps nothing."""
    t, _, _, pushes = piece
    if pushes:
        return False
    if isinstance(t, For) and not scalar:
        return is_cheap(t.body)
    if isinstance(t, Array):
        rule = getattr(t.value, "rule", None)
        return (
            rule not in EXPENSIVE
            and getattr(t.value, "operation", "") in (*("constant", "view", "copy"),)
        ) or t.kind == "view"
    return is_cheap([t])


def _replayed(adjoint, s, info, pieces, rerun, cached, needed):
    """Return (F, R) of the loop: R runs again the statements at ``rerun``, then the reverse."""
    first, last = kept_around(adjoint, {s.name} | info.sums, needed)
    pushes = any(p for k, (_, _, _, p) in enumerate(pieces))
    index = index_of(s)
    iterations = adjoint.fresh("iterations")
    adjoint.counts.add(iterations)
    frame = Frame(iterations, index) if index and not pushes else None
    keep, take = [], []
    outer, adjoint.frame = adjoint.frame, frame
    before = adjoint.pushes
    adjoint.starts |= cached
    for n in sorted(cached):
        push, taken, ready = adjoint.keep(n, adjoint.types[n])
        keep += push
        take = [*ready, Assign(n, taken), *take]
    if adjoint.pushes > before:
        keep.insert(0, Room("stack_", constant(adjoint.pushes - before, None)))
        adjoint.pushes = before
    adjoint.frame = outer
    forward_body = [t for _, f, _, _ in pieces for t in f]
    back_body = [*take]
    for k, (_, f, _, _) in enumerate(pieces):
        if k in rerun:
            back_body += f
    reverse = [t for _, _, r, _ in reversed(pieces) for t in r]
    if not reverse:
        return [*first, loop_over(s, forward_body)], last
    forward_body += keep
    back_body += reverse
    opened, closed, back = framed(frame, iterations_of(s))
    forward = [*first, *opened, loop_over(s, forward_body), *closed]
    by_number = frame is not None or not cached  # else the value stored last is taken first
    if any_order(adjoint, s, info) and not pushes and by_number:
        loop = loop_over(s, back_body)
    else:
        loop = backwards(adjoint, s, back_body)
    # The guard may skip the whole loop only if R takes nothing from a stack and counts nothing.
    plain = not (pushes or opened or cached or info.counters)
    guard = _guard(adjoint, s, info) if plain else None
    back.append(loop if guard is None else If(guard, [loop], []))
    return forward, [*back, *last]


def _guard(adjoint, s, info):
    """Return a test that is false if the cotangents of all sums are 0, or None.

    Then the loop's reverse has nothing to do.
    """
    if not adjoint.inside:
        return None
    if any(m in adjoint.activity.active for m in info.outputs):
        return None
    bars = [adjoint.bars[n] for n in sorted(info.sums) if n in adjoint.bars]
    if not bars or len(bars) > 2:
        return None
    return any_nonzero(bars)
