"""What a function and those inlined into it share, and the checks of them at the end."""

import ast

import numpy as np
from numba.core import types
from numba.core.registry import cpu_target

from ..ir.expressions import load, text
from ..ir.statements import Array, Call, Fill, Store, UnlikeSource, Unsupported, is_array, walk
from .strictness import Strictness


class Unit:
    """What a function and those inlined into it share: names, types, globals.

    Attributes
    ----------
    owners : dict of str to set of str
        Array variable that is a view -> the variables of which it may be a view.
    divisions : list of (ast.expr, bool)
        Divisions of numbers, each with whether its function raises where the divisor is zero
        (Numba's ``error_model="python"``).
    unsigned : set of str
        Variables of which `is_unsigned` tells.
    """

    def __init__(self, namer, calls, merges=False):
        self.merges = merges  # whether a statement may hold several elementwise operations
        self.namer, self.calls = namer, calls
        self.fresh, self.import_global = namer.fresh, namer.of_global
        self.types, self.owners = {}, {}
        self.flags, self.unsigned = set(), set()
        self.divisions = []
        self.parts_of_tuples = set()  # arrays that are items of parameters
        self.unsure = []  # (array, the arrays whose memory it may share, node)
        self.copies = set()  # arrays that hold the parts of a complex argument
        self.pairs = False  # whether complex numbers have become pairs of real ones
        self.widened = False  # whether small integers are computed as Numba's fused loops do
        self.in_place = []  # (array, another array that is combined with it in place, node)
        self.strictness = calls.strictness

    def note(self, s):
        """Note the owner of the array that a new statement makes as a view."""
        if isinstance(s, Array) and s.kind == "view":
            self.owners.setdefault(s.name, set()).add(s.of)

    def memories(self, names):
        """Return arrays with all arrays of which they may be views."""
        found, todo = set(), [*names]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += self.owners.get(name, ())
        return found

    def changed_by(self, statements):
        """Return the arrays into which statements write, without the new arrays they make."""
        written_into, made = set(), set()
        for s in walk(statements):
            written_into |= self.written_by(s)
            if isinstance(s, Array) and s.kind == "new":
                made.add(s.name)
        return self.memories(written_into) - made

    def written_by(self, s):
        """Return the arrays into which one statement writes, a call of a function included."""
        if isinstance(s, Call):
            return {s.arguments[k].id for k in self.calls.changed(s)}
        return {s.array} if isinstance(s, Store | Fill) else set()

    def reads(self, value):
        """Return the arrays whose items an expression reads, with those they may be views of."""
        if isinstance(value, ast.Name):
            t = self.types.get(value.id, getattr(value, "type", None))
            tuples = isinstance(t, types.BaseTuple)
            return self.memories([value.id]) if is_array(t) or tuples else set()
        if isinstance(value, ast.Attribute) and value.attr in ("shape", "size", "ndim"):
            return set()
        found = set()
        for part in ast.iter_child_nodes(value):
            found |= self.reads(part)
        return found

    def is_unsigned(self, value):
        """Tell whether a lowered integer is unsigned where Numba runs prange in threads.

        The variable of such a loop is, though Numba says int64 of it before it takes the loop out
        of the function; and so is what is computed of such variables alone.
        """
        if isinstance(value, ast.Name):
            return value.id in self.unsigned
        operands = [value.left, value.right] if isinstance(value, ast.BinOp) else []
        if getattr(value, "function", None) in (int, abs, min, max, np.abs, np.add, np.multiply):
            operands = value.args
        whole = isinstance(getattr(value, "type", None), types.Integer)
        return whole and bool(operands) and all(map(self.is_unsigned, operands))

    def refuse_negative(self, operation, operands, node):
        """Refuse minus, or a difference, of what is unsigned in threads: Numba's is 2**64 off."""
        negative = operation in (ast.USub, ast.Invert, ast.Sub, np.negative, np.subtract)
        if negative and all(map(self.is_unsigned, operands)):
            raise UnlikeSource(
                f"{ast.unparse(node)}: in threads Numba's variable of prange is unsigned, and has "
                "no negative; write 0 - i, or prange(0, n)",
                node,
            )

    @staticmethod
    def typeof(value):
        """Return the Numba type of a constant."""
        return types.unliteral(cpu_target.typing_context.resolve_value_type(value))


def one_error_model(unit):
    """Let all divisions raise if one does; those that must not become calls of `divide`."""
    unit.strictness.raises |= any(checked for _, checked in unit.divisions)
    for node, checked in unit.divisions if unit.strictness.raises else ():
        if not checked:
            if node.rule != "truediv":
                raise Unsupported("// or % in a helper of another error_model; use one for both")
            both = [node.left, node.right] if isinstance(node, ast.BinOp) else node.args
            node.args, node.keywords = both, []
            node.__class__, node.func = ast.Call, load("divide")


def sure_of_memory(unit, body):
    """Refuse writes whose result depends on memory that arrays share, or may share."""
    changed = unit.changed_by(body) | {s.array for s in walk(body) if isinstance(s, Store | Fill)}
    memories = unit.memories(changed)
    if unit.parts_of_tuples & memories:
        raise Unsupported("a write into an array of a tuple among the arguments; pass the array")
    for s in walk(body):
        if unit.memories(unit.written_by(s)) & unit.copies:
            raise Unsupported(
                "a write into a complex array that is passed, or is global; write into a copy", s
            )
    for name in sorted(memories):
        if not is_array(unit.types.get(name, types.undefined)) and name in unit.types:
            raise Unsupported(f"a write into an array that {name} holds; pass the array")
    for s in walk(body):
        if isinstance(s, Call):
            _apart(unit, s)
    for array, value, node in unit.in_place:
        if array != value and unit.memories([array]) & unit.memories([value]):
            raise Unsupported(
                "a part of an array combined in place with another part of it; copy it first", node
            )
    for name, given, node in unit.unsure:
        for one, others in (({name}, given), (given, {name})):
            if unit.memories(one) & changed and others:
                raise Unsupported(
                    f"{ast.unparse(node)} may share memory with what it is made from, and one of "
                    "the two is written into; make it a copy: np.copy(...)",
                    node,
                )


def _apart(unit, call):
    """Refuse a call that writes into one of its arrays where two of them share memory.

    The called function, which is not inlined, is differentiated on its own, as if its arrays shared
    no memory.
    """
    arrays = [a for a in call.arguments if is_array(getattr(a, "type", None))]
    for k in unit.calls.changed(call):
        changed = call.arguments[k]
        for other in arrays:
            both = unit.memories([changed.id]) & unit.memories([other.id])
            if other is not changed and both:
                raise Unsupported(
                    f"{call.function[0].__name__} writes into an array that it is given twice, "
                    "or two parts of; pass a copy of one",
                    call,
                )


class Callees:
    """The functions that are not inlined, and the options of all functions together.

    Attributes
    ----------
    programs : dict
        Key, (function, types of its arguments) -> Program.
    changes : dict
        Key -> the positions of the arrays into which the function writes.
    """

    def __init__(self, namer):
        self.namer, self.programs, self.changes = namer, {}, {}
        self.strictness = Strictness()

    def add(self, key, lowered):
        """Lower a function, by the callable ``lowered``, unless that is done.

        While it is lowered first, each call of itself is taken to write into all of its arrays.
        Then it is known into which ones it writes; if not into all, it is lowered again.
        """
        if key in self.changes:
            return
        arrays = {k for k, t in enumerate(key[1]) if is_array(t)}
        self.changes[key] = arrays
        self.programs[key] = lowered()
        self.changes[key] = set()
        found = changed_arrays(self.programs[key], self)
        while found != self.changes[key]:  # until its calls of itself add nothing
            self.changes[key] = found
            found = found | changed_arrays(self.programs[key], self)
        if self.changes[key] != arrays:
            self.programs[key] = lowered()
        self.programs[key].changes = self.changes[key]

    def changed(self, call):
        """Return the positions of the arguments into which a call writes."""
        return self.changes[call.function]


def changed_arrays(program, callees):
    """Return the positions of the array parameters into which a function writes."""
    found = {s.array for s in walk(program.body) if isinstance(s, Store | Fill)}
    for s in walk(program.body):
        if isinstance(s, Call):
            found |= {text(s.arguments[k]) for k in callees.changed(s)}
    for s in reversed(list(walk(program.body))):  # through views, and views of views
        if isinstance(s, Array) and s.kind == "view" and s.name in found:
            found.add(s.of)
    return {k for k, n in enumerate(program.parameters) if n in found}
