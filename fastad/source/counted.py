"""What there is to know of a counted loop: its header, both ways, and what its body names."""

import ast

from .ir import Array, Fill, For, Store, While, expressions, names_in, reads_of, text, walk, written
from .pullback import content, tidy


def has_loops(body):
    """Tell whether there is a loop among statements."""
    return any(isinstance(t, For | While) for t in walk(body))


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


def reversed_header(adjoint, s):
    """Return lines that begin the loop in the opposite order."""
    start, stop = text(s.start), text(s.stop)
    if is_one(s.step):
        end = tidy(f"{start} - 1")
        if isinstance(s.start, ast.Constant):
            end = str(s.start.value - 1)
        last = tidy(f"{stop} - 1")
        return f"for {s.name} in range({last}, {end}, -1):", []
    turn = adjoint.fresh("turn")
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


def own_names(adjoint, s, info):
    """Return the names and tokens that live inside a loop's turn only."""
    own = {n for t in walk(s.body) for n in written(t)} | {s.name} | info.sums
    own |= {content(m) for m in info.private | info.outputs}
    return own - info.counters


def defined_in(adjoint, t):
    """Return the names and tokens that a statement gives values."""
    found = {n for u in walk([t]) if not isinstance(u, For) for n in written(u)}
    return found | {
        content(adjoint.memory(u.array)) for u in walk([t]) if isinstance(u, Store | Fill)
    }


def reads_in(adjoint, t):
    found = set()
    for u in walk([t]):
        found |= reads_of(u)
        if isinstance(u, Store | Fill):
            found.add(u.array)
        for e in expressions(u):
            found |= adjoint.contents(e)
    return found


def writes_apart(adjoint, s, info):
    """Tell whether no turn overwrites what another one wrote: each has items of its own."""
    if _several_names(adjoint, s):
        return False
    own = set()  # rows of the turn
    for t in walk(s.body):
        if isinstance(t, Array) and t.kind == "view" and isinstance(t.value, ast.Subscript):
            if _has_turn(t.value.slice, s.name) or t.of in own:
                own.add(t.name)
    for t in walk(s.body):
        if isinstance(t, Store | Fill) and not t.add and t.array not in own:
            indices = t.index if isinstance(t, Store) else []
            if adjoint.memory(t.array) in info.outputs:
                if not any(_has_turn(i, s.name) for i in indices):
                    return False
    return True


def _has_turn(index, name):
    """Tell whether an index, or a part of it, is the loop's variable itself."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return any(isinstance(p, ast.Name) and p.id == name for p in parts)


def _several_names(adjoint, s):
    """Tell whether a memory is written by two names: a view's items are at other indices."""
    names = {t.array for t in walk(s.body) if isinstance(t, Store | Fill)}
    return len({adjoint.memory(n) for n in names}) < len(names)


def items_of_turns(sources, s):
    """Tell whether what is kept in a loop are items of arrays, the turn's number in the index."""
    trees = [ast.parse(source, mode="eval").body for source in sources]
    return all(isinstance(t, ast.Subscript) and _has_turn(t.slice, s.name) for t in trees)


def any_order(adjoint, s, info):
    """Tell whether the turns may be reversed in any order: each has items of its own."""
    if "any_order" not in adjoint.passes:
        return False
    if info.counters or has_loops(s.body) or _several_names(adjoint, s):
        return False
    for t in walk(s.body):
        if isinstance(t, Fill):
            return False
        if isinstance(t, Store) and not t.add:
            if not any(_has_turn(i, s.name) for i in t.index):
                return False
    return True
