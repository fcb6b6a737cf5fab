"""The two sweeps of a loop: values kept on a stack, or turns run again."""

import ast

from .ir import (
    INT,
    Array,
    Call,
    Fill,
    For,
    Store,
    Unsupported,
    While,
    expressions,
    names_in,
    text,
    walk,
    written,
)
from .keeping import TOP, Frame, carried_arrays, own_arrays
from .loops import is_cheap, reads_of
from .lower_expressions import is_array
from .names import EXPENSIVE
from .outline import outline
from .pullback import content, tidy


def for_loop(adjoint, s, needed):
    """Return (F, R, needed) of a counted loop, by the cheapest way that applies."""
    info = adjoint.loops.independent(s)
    if info is not None and not _blocked(adjoint, info, needed):
        if not adjoint.inside and has_loops(s.body) and not _adds_to_outputs(adjoint, s, info):
            return again(adjoint, s, info, needed)
        found = replay(adjoint, s, info, needed)
        if found is not None:
            return found
    return stored(adjoint, s, needed, info is not None and _any_order(s, info))


def has_loops(body):
    """Tell whether there is a loop among statements."""
    return any(isinstance(t, For | While) for t in walk(body))


def _blocked(adjoint, info, needed):
    """Tell whether the loop overwrites items whose old values are needed."""
    tokens = {content(m) for m in info.outputs | info.private}
    return bool(tokens & needed)


def _adds_to_outputs(adjoint, s, info):
    return any(
        (isinstance(t, Store | Fill) and t.add and adjoint.memory(t.array) in info.outputs)
        for t in walk(s.body)
    )


def is_one(e):
    """Tell whether an expression is the literal 1."""
    return isinstance(e, ast.Constant) and e.value == 1


def turns_of(s):
    """Return the source of the number of turns (or a few more, see `index_of`)."""
    if is_one(s.step) and _starts_near_zero(s):
        return f"max({text(s.stop)}, 0)"
    if not is_one(s.step):
        return f"len(range({text(s.start)}, {text(s.stop)}, {text(s.step)}))"
    if text(s.start) == "0":
        return f"max({text(s.stop)}, 0)"
    return tidy(f"max({text(s.stop)} - ({text(s.start)}), 0)")


def _starts_near_zero(s):
    return isinstance(s.start, ast.Constant) and 0 <= s.start.value <= 4


def index_of(s):
    """Return the source of the number of the turn, or None where it takes a division."""
    if not is_one(s.step):
        return None
    if _starts_near_zero(s):
        return s.name
    return s.name if text(s.start) == "0" else tidy(f"({s.name} - ({text(s.start)}))")


def reversed_header(s):
    """Return lines that begin the loop in the opposite order."""
    start, stop = text(s.start), text(s.stop)
    if is_one(s.step):
        end = tidy(f"{start} - 1")
        if isinstance(s.start, ast.Constant):
            end = str(s.start.value - 1)
        last = tidy(f"{stop} - 1")
        return f"for {s.name} in range({last}, {end}, -1):", []
    turn = f"turn_{s.label}"
    return (
        f"for {turn} in range({turns_of(s)} - 1, -1, -1):",
        [f"{s.name} = {tidy(f'({start}) + {turn} * ({text(s.step)})')}"],
    )


def bounds_of(adjoint, s):
    """Return what the bounds read; refuse a body that changes it."""
    uses = set()
    for e in (s.start, s.stop, s.step):
        uses |= names_in(e) | adjoint.contents(e)
    return uses


def kept_around(adjoint, names, needed):
    """Return (F before, R after) that keep variables which a loop changes as a whole."""
    first, last = [], []
    for n in sorted(names & needed):
        push, taken, ready = adjoint.keep(n, adjoint.types[n])
        adjoint.starts.add(n)
        first += push
        last = [*ready, f"{n} = {taken}", *last]
    return first, last


def stored(adjoint, s, needed, any_order=False):
    """Keep every value that is needed and overwritten, turn by turn."""
    uses = bounds_of(adjoint, s)
    first, last = kept_around(adjoint, {s.name}, needed)
    inner = [t for t in walk(s.body) if isinstance(t, For | While | Call | Array)]
    index = index_of(s)
    frame = None
    outer_frame, outer_inside = adjoint.frame, adjoint.inside
    n0 = needed - {s.name}
    turns = adjoint.fresh("turns")
    carried = carried_arrays(adjoint, s.body, needed)
    while True:
        state = adjoint.mark()
        frame = Frame(turns, index) if not inner and index else None
        adjoint.frame, adjoint.inside = frame, outer_inside + 1
        adjoint.carried = adjoint.carried | carried
        outer_used, adjoint.used = adjoint.used, set()
        f, r, n1 = adjoint.block(s.body, n0)
        adjoint.used |= outer_used
        adjoint.frame, adjoint.inside = outer_frame, outer_inside
        adjoint.carried = state[7]
        n1 = n1 - {s.name} - own_arrays(s.body, carried)
        if n1 <= n0:
            break
        n0 = n0 | n1
        adjoint.back(state)
    forward, back = list(first), []
    framed = {k: c for k, c in frame.count.items() if c} if frame else {}
    if framed:
        forward.append(f"{turns} = {turns_of(s)}")
        back.append(f"{turns} = {turns_of(s)}")
    for stack, count in framed.items():
        size = turns if count == 1 else f"{count} * {turns}"
        forward.append(f"{stack} = room({stack}, {TOP[stack]}, {size})")
        back.append(f"{TOP[stack]} -= {size}")
    header = f"for {s.name} in {adjoint.range(s)}:"
    done = adjoint.fresh("done") if s.until else ""
    body = list(f)
    if s.until:
        forward.append(f"{done} = 0")
        body += [f"{done} += 1", f"if {s.until}:", ["break"]]
    forward += [header, body or ["pass"]]
    for stack, count in framed.items():
        size = turns if count == 1 else f"{count} * {turns}"
        forward.append(f"{TOP[stack]} += {size}")
    if s.until and r:
        push, taken, ready = adjoint.keep(done, adjoint.program.types[s.name])
        forward += push
        back = [*ready, f"{done} = {taken}", *back]
        turn = f"turn_{s.label}"
        set_index = f"{s.name} = {tidy(f'({text(s.start)}) + {turn} * ({text(s.step)})')}"
        back += [f"for {turn} in range({done} - 1, -1, -1):", [set_index, *r]]
    elif r and any_order and frame:
        back += [f"for {s.name} in {adjoint.range(s)}:", r]
    elif r:
        line, before = reversed_header(s)
        back += [line, [*before, *r]]
    else:
        back = []
    if not back:
        return forward, last, n0
    adjoint.used |= uses
    return forward, [*back, *last], n0 | uses


def while_loop(adjoint, s, needed):
    """Count the turns, and take them back."""
    body = [*s.body, *s.setup]
    outer_inside, outer_frame = adjoint.inside, adjoint.frame
    count = adjoint.fresh("turns")
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
        adjoint.carried = state[7]
        n1 = n1 - own_arrays(body, carried)
        if n1 <= n0:
            break
        n0 = n0 | n1
        adjoint.back(state)
    if s.until and s.setup:
        raise Unsupported("a break in a loop whose condition takes several steps")
    turn = [*f, f"{count} += 1"]
    if s.until:
        turn += [f"if {s.until}:", ["break"]]
    forward = [*setup_f, f"{count} = 0", f"while {text(s.test)}:", turn]
    if not (r or setup_r):
        return forward, [], n0
    push, taken, ready = adjoint.keep(count, INT)
    back = [*ready, f"{count} = {taken}", f"for _ in range({count}):", r or ["pass"]]
    return [*forward, *push], [*back, *setup_r], n0


def again(adjoint, s, info, needed):
    """Run the loop once for its results, and once more turn by turn with its reverse."""
    uses = bounds_of(adjoint, s)
    first, last = kept_around(adjoint, {s.name} | info.sums | info.counters, needed)
    body, used = turn_by_turn(adjoint, s, sorted(info.counters))
    forward = [*first, f"for {s.name} in {adjoint.range(s)}:", adjoint.plain(s.body)]
    reset = [f"{n} = {n}_before" for n in sorted(info.counters)]
    if info.counters:
        forward = [*(f"{n}_before = {n}" for n in sorted(info.counters)), *forward]
    back = [*reset, *outline(adjoint, s, info, body), *last]
    used = (used - own_names(adjoint, s, info)) | uses
    adjoint.used |= used
    return forward, back, (needed - info.private) | used


def turn_by_turn(adjoint, s, counters=()):
    """Return (lines of one turn, forward and backward; what they read).

    The way back may count counters back: they go on to the next turn as they were before it.
    """
    outer = adjoint.frame, adjoint.used
    adjoint.frame, adjoint.used = None, set()
    adjoint.inside += 1
    f, r, _ = adjoint.block(s.body, set())
    adjoint.inside -= 1
    used = adjoint.used
    adjoint.frame, adjoint.used = outer
    values = {n for t in walk(s.body) for n in reads_of(t)}
    for t in walk(s.body):
        for e in (t.value,) if hasattr(t, "value") else ():
            values |= adjoint.contents(e)
        if isinstance(t, For):
            values |= adjoint.contents(t.stop) | adjoint.contents(t.start)
        if hasattr(t, "test"):
            values |= adjoint.contents(t.test)
    ahead = [(n, adjoint.fresh(f"{n}_ahead")) for n in counters]
    go_on = [*(f"{a} = {n}" for n, a in ahead), *r, *(f"{n} = {a}" for n, a in ahead)]
    return [*f, *go_on], used | values


def own_names(adjoint, s, info):
    """Return the names and tokens that live inside a loop's turn only."""
    own = {n for t in walk(s.body) for n in written(t)} | {s.name} | info.sums
    own |= {content(m) for m in info.private | info.outputs}
    return own - info.counters


def _pieces(adjoint, s, needed):
    """Return (statement, F, R, whether it keeps values) of a turn's statements; what R reads."""
    outer = adjoint.frame, adjoint.inside, adjoint.used
    adjoint.frame, adjoint.inside, adjoint.used = None, adjoint.inside + 1, set()
    pieces, inner_needed = [], set(needed)
    for t in s.body:
        before, pushed = adjoint.events, adjoint.pushes
        f, r, inner_needed = adjoint.statement(t, inner_needed)
        if adjoint.pushes > pushed:
            f = [f"stack_ = room(stack_, top_, {adjoint.pushes - pushed})", *f]
            adjoint.pushes = pushed
        pieces.append((t, f, r, adjoint.events > before))
    used = adjoint.used
    adjoint.frame, adjoint.inside, adjoint.used = outer
    return pieces, used


def replay(adjoint, s, info, needed):
    """Reverse turn by turn; what a turn's reverse needs is computed again, or kept if costly.

    Returns None where that does not pay or is not possible.
    """
    state = adjoint.mark()
    pieces, used = _pieces(adjoint, s, set())
    counters = info.counters & (needed | used)
    if counters:  # they are counted back in every turn
        adjoint.back(state)
        pieces, used = _pieces(adjoint, s, counters)
    chosen = _slice(adjoint, pieces, used, info)
    if chosen is None:
        adjoint.back(state)
        return None
    rerun, cached, reads = chosen
    lines = _replayed(adjoint, s, info, pieces, rerun, cached, needed)
    used |= reads
    uses = (used - own_names(adjoint, s, info)) | bounds_of(adjoint, s)
    forward, back = lines
    if not back:
        return forward, [], needed
    adjoint.used |= uses
    return forward, back, (needed - info.private - info.sums) | uses


def _defines(adjoint, t):
    """Return the names and tokens that a statement gives values."""
    found = {n for u in walk([t]) if not isinstance(u, For) for n in written(u)}
    return found | {
        content(adjoint.memory(u.array)) for u in walk([t]) if isinstance(u, Store | Fill)
    }


def _reads(adjoint, t):
    found = set()
    for u in walk([t]):
        found |= reads_of(u)
        if isinstance(u, Store | Fill):
            found.add(u.array)
        for e in expressions(u):
            found |= adjoint.contents(e)
    return found


def _slice(adjoint, pieces, used, info):
    """Choose what to run again and what to keep: (statements, scalars, reads), or None."""
    own = {n for t, *_ in pieces for n in _defines(adjoint, t)} - info.sums - info.counters
    own -= {content(m) for m in info.outputs}
    wanted = used & own
    rerun, cached, done, reads = set(), set(), set(), set()
    while wanted - done:
        name = sorted(wanted - done)[0]
        done.add(name)
        makers = [k for k, (t, *_) in enumerate(pieces) if name in _defines(adjoint, t)]
        scalar = not name.endswith("[]") and not is_array(adjoint.types.get(name))
        cheap = all(_repeatable(pieces[k], scalar) for k in makers)
        if cheap:
            cheap = not any(_reads(adjoint, pieces[k][0]) & info.counters for k in makers)
        if scalar and not cheap:
            cached.add(name)
            continue
        if not cheap:
            return None
        for k in makers:
            rerun.add(k)
            reads |= _reads(adjoint, pieces[k][0])
            wanted |= (_reads(adjoint, pieces[k][0]) | _defines(adjoint, pieces[k][0])) & own
    for k in rerun:
        if _defines(adjoint, pieces[k][0]) & cached:
            return None
    return rerun, cached, reads


def _repeatable(piece, scalar):
    """Tell whether a statement may run again: cheap, and nothing is kept in it."""
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
    """Return the lines (F, R) of a loop that is reversed turn by turn."""
    first, last = kept_around(adjoint, {s.name} | info.sums, needed)
    pushes = any(p for k, (_, _, _, p) in enumerate(pieces))
    index = index_of(s)
    turns = adjoint.fresh("turns")
    frame = Frame(turns, index) if index and not pushes else None
    keep, take = [], []
    outer, adjoint.frame = adjoint.frame, frame
    before = adjoint.pushes
    for n in sorted(cached):
        push, taken, ready = adjoint.keep(n, adjoint.types[n])
        keep += push
        take = [*ready, f"{n} = {taken}", *take]
    if adjoint.pushes > before:
        keep.insert(0, f"stack_ = room(stack_, top_, {adjoint.pushes - before})")
        adjoint.pushes = before
    adjoint.frame = outer
    forward_body = []
    for k, (t, f, _, _) in enumerate(pieces):
        forward_body += adjoint.plain([t]) if k in rerun else f
    forward_body += keep
    back_body = [*take]
    for k, (_, f, _, _) in enumerate(pieces):
        if k in rerun:
            back_body += f
    reverse = [line for _, _, r, _ in reversed(pieces) for line in r]
    if not reverse:
        return [*first, f"for {s.name} in {adjoint.range(s)}:", forward_body or ["pass"]], last
    back_body += reverse
    forward, back = list(first), []
    framed = {k: c for k, c in frame.count.items() if c} if frame else {}
    if framed:
        forward.append(f"{turns} = {turns_of(s)}")
        back.append(f"{turns} = {turns_of(s)}")
    for stack, count in framed.items():
        size = turns if count == 1 else f"{count} * {turns}"
        forward.append(f"{stack} = room({stack}, {TOP[stack]}, {size})")
        back.append(f"{TOP[stack]} -= {size}")
    forward += [f"for {s.name} in {adjoint.range(s)}:", forward_body]
    for stack, count in framed.items():
        forward.append(f"{TOP[stack]} += {turns if count == 1 else f'{count} * {turns}'}")
    if _any_order(s, info) and not pushes:
        header, before = f"for {s.name} in {adjoint.range(s)}:", []
    else:
        header, before = reversed_header(s)
    loop = [header, [*before, *back_body]]
    guard = _guard(adjoint, s, info) if not (pushes or framed) else None
    back += [f"if {guard}:", loop] if guard else loop
    return forward, [*back, *last]


def _any_order(s, info):
    """Tell whether the turns may be reversed in any order: each has items of its own."""
    if info.counters or has_loops(s.body):
        return False
    for t in walk(s.body):
        if isinstance(t, Fill):
            return False
        if isinstance(t, Store) and not t.add:
            if not any(isinstance(i, ast.Name) and i.id == s.name for i in t.index):
                return False
    return True


def _guard(adjoint, s, info):
    """Return a test that is false where no cotangent enters: then nothing has to be done."""
    if not adjoint.inside:
        return None
    if any(m in adjoint.activity.active for m in info.outputs):
        return None
    bars = [adjoint.bars[n] for n in sorted(info.sums) if n in adjoint.bars]
    if not bars or len(bars) > 2:
        return None
    return " or ".join(f"nonzero({b})" for b in bars)
