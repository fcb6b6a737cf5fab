"""What the builders of sweeps share: the program's own statements, stacks, snapshots of state."""

import ast
from dataclasses import replace

from numba.core import types

from ..analysis.activity import flows, real
from ..analysis.dependence import exposed
from ..ir.expressions import constant, expression, item, literal, load, name_or_copy, plus, tuple_of
from ..ir.printer import lines
from ..ir.statements import (
    TOPS,
    Array,
    Assign,
    Comment,
    For,
    Function,
    Room,
    Set,
    Store,
    Unsupported,
    arrays_bound,
    is_array,
    walk,
    with_blocks,
    written,
)
from ..ir.templates import statements


class Frame:
    """Room on the stacks for a loop whose iterations all keep the same number of values.

    The k-th value of iteration i is at ``top_ + k * iterations + i``: the k-th values are a vector.

    Attributes
    ----------
    iterations : str
        The variable that holds the number of iterations.
    index : ast.expr
        The place of the present iteration, i.
    sources : list of ast.expr
        The variables and items whose values are kept.
    """

    def __init__(self, iterations, index):
        self.iterations, self.index = iterations, index
        self.count = {"stack_": 0, "kept_": 0}
        self.sources = []

    def slot(self, stack):
        """Return the place of the next value."""
        k = self.count[stack]
        self.count[stack] += 1
        place = load(TOPS[stack])
        if k:
            place = ast.BinOp(place, ast.Add(), self.values(k))
        if literal(self.index) != 0:
            place = plus(place, self.index)
        return item(stack, [place])

    def values(self, k):
        """Return the room for k values of each iteration."""
        iterations = load(self.iterations)
        return iterations if k == 1 else ast.BinOp(constant(k, None), ast.Mult(), iterations)


def framed(frame, count):
    """Return the statements before a loop with a frame, after it, and before its reverse."""
    before, after, back = [], [], []
    used = {k: c for k, c in frame.count.items() if c} if frame else {}
    if used:
        before.append(Assign(frame.iterations, count))
        back.append(Assign(frame.iterations, count))
    for stack, c in used.items():
        size, top = frame.values(c), load(TOPS[stack])
        before.append(Room(stack, size))
        after.append(Set(top, size, "+"))
        back.append(Set(top, size, "-"))
    return before, after, back


class Sweeps:
    """The base of the builders: emits the program's own statements, and keeps values."""

    unread = frozenset()  # scalars that need not be computed

    def plain(self, body):
        """Return the program's statements as the generated code runs them."""
        return [t for s in body for t in self.plain_statement(s)]

    def plain_statement(self, s):
        """Return one statement of the program as the generated code runs it: a list."""
        if isinstance(s, Assign):
            if self.lift and self.starts_plain(s):
                s = replace(s, value=expression("lifted(x, base_)", x=s.value))
            return [] if s.name in self.unread else [s]
        if self.lift and self.lifts(s):
            return [Assign(s.name, expression("lifted(x, base_)", x=s.value))]
        s = with_blocks(s, self.plain)
        return [replace(s, parallel=False, snapshots=None) if isinstance(s, For) else s]

    def lifts(self, s):
        """Tell whether a statement makes an array of plain floats that may have to hold Jets."""
        varied = self.activity.varied
        if not isinstance(s, Array) or s.name not in varied:
            return False
        if getattr(s.value, "operation", "") in ("constant", "full", "full_like"):
            return True
        return s.kind == "new" and not flows(s.value) & varied

    def starts_plain(self, s):
        """Tell whether a number is a plain float here, a Jet elsewhere, and in arrays both.

        Numba would give an array ``v * s`` two types, of floats and of Jets.
        """
        a = self.activity
        return s.name in a.varied & a.in_arrays and not flows(s.value) & a.varied

    def comment(self, s):
        """Return a statement as a comment."""
        return Comment(lines([s] if isinstance(s, Assign) else self.plain([s]))[0])

    # Keeping values --------------------------------------------------------------------------

    def stack_for(self, t):
        if real(t):
            return "stack_"
        if isinstance(t, types.Integer | types.Boolean):
            return "kept_"
        raise Unsupported(f"a value of type {t} would have to be kept")

    def keep(self, source, t):
        """Keep the value of a variable or an item.

        Returns
        -------
        push : list of statements
            What F does to keep the value.
        taken : ast.expr
            The kept value, in R.
        ready : list of statements
            What R does before it evaluates ``taken``.
        """
        source, stack = name_or_copy(source), self.stack_for(t)
        self.stacks.add(stack)
        self.events += 1
        if self.frame is not None:
            slot = self.frame.slot(stack)
            self.frame.sources.append(source)
            return [_stored(slot, source)], as_kept(slot, t), []
        top = TOPS[stack]
        if stack == "stack_":
            self.pushes += 1
            room = []
        else:
            room = [Room(stack, constant(1, None))]
        slot, one = item(stack, [load(top)]), constant(1, None)
        push = [*room, _stored(slot, source), Set(load(top), one, "+")]
        return push, as_kept(slot, t), [Set(load(top), one, "-")]

    def zero(self, name):
        """Return the statement that gives a variable a zero of its type."""
        t = self.types[name]
        value = 0.0 if isinstance(t, types.Float) else 0
        zero = constant(False if isinstance(t, types.Boolean) else value, None)
        return Assign(name, of_kind(zero, t))

    def add_function(self, name, parameters, body, apart=None, kind=""):
        """Add a generated function.

        Its decorator is ``kind``. Without one it is "separate" if its arrays do not overlap, as the
        pass `NoAlias` finds, or as ``apart`` says if that pass is made; else "sweeping".
        """
        known = self.passes.ask("separate", self, parameters)
        apart = known if apart is None else apart and known is not None
        kind = kind or ("separate" if apart else "sweeping")
        self.functions.append(Function(name, parameters, body, kind))

    def mark(self):
        """Return a snapshot of the builder's state, for `back`."""
        return (
            *(set(self.used), set(self.stacks), set(self.starts)),
            *(dict(self.lists), self.pushes, self.events, set(self.carried)),
            list(self.functions),
            *(dict(self.pairs), set(self.late)),
        )

    def back(self, state):
        """Restore the builder's state from a snapshot."""
        self.used, self.stacks, self.starts = map(set, state[:3])
        self.lists, self.pushes, self.events = dict(state[3]), state[4], state[5]
        self.carried, self.functions = set(state[6]), list(state[7])
        self.pairs.clear()
        self.pairs.update(state[8])
        self.late = set(state[9])


def zeroed(name):
    """Return the statement that zeroes a number's adjoint."""
    return Assign(name, constant(0.0, None))


def zeros_for(bar, name):
    """Return the statement that makes the adjoints of an array, zeros."""
    return Assign(bar, expression("zeros_for(x, base_)", x=name))


def base_of(given):
    """Return the statement ``base_ = ...``: a zero of the kind of number that arguments hold."""
    return Assign("base_", expression("base_zero(given)", given=tuple_of(given)))


def lifted(name):
    """Return the statement that makes an array hold Jets, those of a driver around this one."""
    return Assign(name, expression("lifted(x, base_)", x=name))


def in_list(kept, name):
    """Return (push, taken): statements that keep a variable's binding in a list, and restore it."""
    (push,) = statements("kept.append(x)", kept=kept, x=name)
    return push, Assign(name, expression("last_of(kept)", kept=kept))


def _stored(slot, value):
    return Store(slot.value.id, [slot.slice], value)


def as_kept(slot, t):
    """Return the expression of a kept value: truth values and integers are kept as int64."""
    if isinstance(t, types.Boolean):
        return ast.Compare(slot, [ast.NotEq()], [constant(0, None)])
    return of_kind(slot, t)


def of_kind(value, t):
    """Convert the expression of an int64 to an integer type.

    An unsigned number from 2**63 on is negative as an int64, and comes back as it was. Any other
    type would change the arithmetic that goes on with it.
    """
    plain = not isinstance(t, types.Integer) or types.unliteral(t) == types.int64
    return value if plain else expression(f"np.{types.unliteral(t)}(value)", value=value)


def carried_arrays(adjoint, body, needed):
    """Return the array variables that a loop binds and whose binding before an iteration matters.

    An iteration reads them before it binds them, or the R of earlier statements reads them.
    """
    inside = list(walk(body))
    bound = {n for t in inside for n in arrays_bound(t)}
    elsewhere = {*adjoint.program.parameters}
    for t in adjoint.loops.all:
        if not any(t is u for u in inside):
            elsewhere |= set(written(t))
    return bound & (exposed(body) | (needed & elsewhere))


def own_arrays(body, carried):
    """Return the array variables that an iteration binds, without the carried ones."""
    return {n for t in walk(body) for n in arrays_bound(t)} - carried


def overlapping(adjoint, given):
    """Tell whether two of the arrays, or two of the adjoints' arrays, share memory: views."""
    arrays = [n for n in given if is_array(adjoint.types.get(n))]
    by_bar = {bar: n for n, bar in adjoint.bars.items()}
    shadows = [by_bar[n] for n in given if n in by_bar and is_array(adjoint.types[by_bar[n]])]
    memories = [adjoint.memory(n) for n in arrays]
    owners = [adjoint.memory(n) for n in shadows]
    return len(set(memories)) < len(memories) or len(set(owners)) < len(owners)
