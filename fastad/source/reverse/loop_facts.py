"""Facts about counted loops: their headers, forward and backward, and what their bodies access."""

import ast
from dataclasses import replace

from ..analysis.contents import content
from ..analysis.nonnegative import never_negative
from ..ir.expressions import (
    constant,
    expression,
    index_parts,
    literal,
    load,
    name_or_copy,
    names_in,
)
from ..ir.statements import Assign, Fill, For, Store, While, reads_of, walk, written


def has_loops(body):
    """Tell whether there is a loop among statements."""
    return any(isinstance(t, For | While) for t in walk(body))


def is_one(e):
    """Tell whether an expression is the literal 1."""
    return literal(e) == 1


def is_zero(e):
    """Tell whether an expression is the literal 0."""
    return literal(e) == 0


def iterations_of(s):
    """Return the number of iterations, or up to 4 more: the room for places by `index_of`."""
    if not is_one(s.step):
        return expression("len(range(a, b, c))", a=s.start, b=s.stop, c=s.step)
    if is_zero(s.start) or _starts_near_zero(s):
        return expression("max(b, 0)", b=s.stop)
    return expression("max(b - a, 0)", a=s.start, b=s.stop)


def _starts_near_zero(s):
    return isinstance(s.start, ast.Constant) and 0 <= s.start.value <= 4


def index_of(s):
    """Return the place of an iteration's values; None for a step other than 1.

    It is the iteration's number, or the loop's variable itself where that starts at 0 to 4.
    """
    if not is_one(s.step):
        return None
    if is_zero(s.start) or _starts_near_zero(s):
        return load(s.name)
    return expression("k - a", k=s.name, a=s.start)


def loop_over(s, body):
    """Return a loop with the header of another."""
    return replace(s, body=body, parallel=False, snapshots=None)


def backwards(adjoint, s, body):
    """Return a loop in the opposite order."""
    if is_one(s.step):
        end = expression("a - 1", a=s.start)
        if isinstance(s.start, ast.Constant):
            end = constant(s.start.value - 1, None)
        last = expression("b - 1", b=s.stop)
        return For(s.name, last, end, constant(-1, None), body)
    iteration = adjoint.fresh("iteration")
    return countdown(iteration, iterations_of(s), [at_iteration(s, iteration), *body])


def countdown(name, count, body):
    """Return a loop of a number of iterations, from the last to the first."""
    last, down = expression("n - 1", n=count), constant(-1, None)
    return For(name, last, down, down, body)


def at_iteration(s, iteration):
    """Return the statement that gives a loop's variable its value in an iteration."""
    value = expression("a + iteration * c", a=s.start, iteration=iteration, c=s.step)
    return Assign(s.name, value)


def times(name, count, body):
    """Return a loop of a number of iterations."""
    return For(name, constant(0, None), name_or_copy(count), constant(1, None), body)


def any_nonzero(bars):
    """Return a test whether any of some adjoints, numbers, is not 0."""
    tests = [expression("nonzero(b)", b=b) for b in bars]
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), tests)


def independent(adjoint, s, needed):
    """Return the `Independent` of a loop, or None.

    None also if the loop overwrites items whose old values are needed.
    """
    info = adjoint.loops.independent(s)
    if info is None or {content(m) for m in info.outputs | info.private} & needed:
        return None
    return info


def bounds_of(adjoint, s):
    """Return the names and tokens that a loop's bounds read."""
    uses = set()
    for e in (s.start, s.stop, s.step):
        uses |= names_in(e) | adjoint.contents(e)
    return uses


def kept_around(adjoint, names, needed):
    """Return (F before a loop, R after it) that keep those of ``names`` that are needed."""
    first, last = [], []
    for n in sorted(names & needed):
        push, taken, ready = adjoint.keep(n, adjoint.types[n])
        adjoint.starts.add(n)
        first += push
        last = [*ready, Assign(n, taken), *last]
    return first, last


def own_names(adjoint, s, info):
    """Return the names and tokens that a loop defines, without counters."""
    own = {n for t in walk(s.body) for n in written(t)} | {s.name} | info.sums
    own |= {content(m) for m in info.private | info.outputs}
    return own - info.counters


def defined_in(adjoint, t):
    """Return the names and tokens that a statement, with its blocks, defines."""
    found = set()
    for u in walk([t]):
        found |= adjoint.activity.contents.written_by(u)
        if not isinstance(u, For):
            found |= {*written(u)}
    return found


def reads_in(adjoint, t):
    found = set()
    for u in walk([t]):
        found |= reads_of(u)
        if isinstance(u, Store | Fill):
            found.add(u.array)
        found |= adjoint.activity.contents.read_by(u)
    return found


def writes_apart(adjoint, s, info):
    """Tell whether each output of a loop is only added to, or has items for each iteration."""
    return all(only_added(adjoint, s, m) or items_apart(adjoint, s, m) for m in info.outputs)


def items_apart(adjoint, s, memory):
    """Tell whether no two iterations of a loop write the same item of an array.

    That is sure if the loop's variable itself is the index along one axis, the same axis in all
    writes, and is never negative (a negative index may name the same item as another one).
    """
    if not never_negative(s, adjoint.loops.not_negative):
        return False
    writes = writes_of(adjoint, s, memory)
    if len({t.array for t in writes}) > 1:  # in a view an item has another index
        return False
    bindings = {}
    for t in walk(s.body):
        for n in written(t):
            bindings.setdefault(n, []).append(t)
    axes = [_axes_of_iteration(s, t, bindings) for t in writes]
    return bool(set.intersection(*axes)) if axes else True


def _axes_of_iteration(s, t, bindings):
    """Return the axes along which the loop's variable is the index of a write."""
    array, index = t.array, t.index if isinstance(t, Store) else []
    if array not in bindings:
        return _places(index, s.name)
    made = bindings[array][0]  # each iteration makes a view: look at the index that makes it
    view = len(bindings[array]) == 1 and getattr(made, "kind", "") == "view"
    if not view or made.of in bindings or not isinstance(made.value, ast.Subscript):
        return set()
    return _places(index_parts(made.value.slice), s.name)


def _places(index, name):
    """Return the positions where an index is a loop's variable itself."""
    return {k for k, i in enumerate(index) if isinstance(i, ast.Name) and i.id == name}


def writes_of(adjoint, s, memory):
    writes = [t for t in walk(s.body) if isinstance(t, Store | Fill)]
    return [t for t in writes if adjoint.memory(t.array) == memory]


def only_added(adjoint, s, memory):
    """Tell whether a loop does no more to the items of an array than add to them."""
    return all(t.add for t in writes_of(adjoint, s, memory))


def kept_apart(adjoint, s, sources):
    """Tell whether all values kept in a loop are items that only the present iteration writes."""
    return all(
        isinstance(t, ast.Subscript)
        and _places(index_parts(t.slice), s.name)
        and items_apart(adjoint, s, adjoint.memory(t.value.id))
        for t in sources
    )


def any_order(adjoint, s, info):
    """Tell whether iterations may be reversed in any order."""
    return bool(adjoint.passes.ask("any_order", adjoint, s, info))
