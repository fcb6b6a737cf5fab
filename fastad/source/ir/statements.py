"""The intermediate representation: few kinds of statement, over Python's expressions.

A statement computes one thing. Expressions are ``ast`` nodes (`expressions`); those of scalars may
be trees, those of arrays are single operations. The user's function, its tangent and its adjoint
are all made of these statements; the last group of them only the adjoint needs.
"""

import ast
import contextlib
from dataclasses import dataclass, field, fields, replace
from typing import NamedTuple

from numba.core import types

from ...jit.generated import python_function
from .expressions import clone, names_in, read_as

# The stacks of generated code -> the variable with the number of values on it. ``stack_`` holds
# floats, ``kept_`` integers and truth values.
TOPS = {"stack_": "top_", "kept_": "kept_top_"}


class Unsupported(Exception):
    """A function has a form that source transformation does not take.

    Parameters
    ----------
    reason : str
    node : ast.AST or a statement, optional
        Where.
    file : str, optional
        In which file, where it is not that of the function itself.
    """

    def __init__(self, reason, node=None):
        super().__init__(reason)
        self.line = getattr(node, "lineno", None) or getattr(node, "line", None)
        self.file = getattr(node, "file", None)

    def __str__(self):
        reason = super().__str__()
        if not self.line:
            return reason
        return f"line {self.line}{f' of {self.file}' * bool(self.file)}: {reason}"


class UnlikeSource(Unsupported):
    """Numba computes something else here than the function's source says: no mode takes it."""


@contextlib.contextmanager
def lines_of(function):
    """Add a function's file to each `Unsupported` that is raised inside the ``with`` block."""
    try:
        yield
    except Unsupported as error:
        code = python_function(function).__code__
        if not error.file:
            error.file = code.co_filename
            error.line = error.line or code.co_firstlineno
        raise


@dataclass
class Assign:
    """``name = value``, a scalar.

    ``beside`` names a running extreme (``best = min(best, x)``) where this statement computes the
    tangent of that extreme, and the next statement the extreme itself.
    """

    name: str
    value: ast.expr
    line: int = 0
    file: str = ""
    beside: str = ""


@dataclass
class Store:
    """``array[index] = value``, one element; with ``add`` the value is added."""

    array: str
    index: list
    value: ast.expr
    add: bool = False
    line: int = 0
    file: str = ""


@dataclass
class Array:
    """``name = value`` where the value is one operation on whole arrays.

    ``kind`` is "new" (fresh memory), "view" (memory of ``of``) or "number" (a scalar
    result, a reduction).
    """

    name: str
    value: ast.expr
    kind: str
    of: str = ""
    line: int = 0
    file: str = ""


@dataclass
class Fill:
    """``array[...] = value``: into all of an array, a scalar or an array (broadcast)."""

    array: str
    value: ast.expr
    add: bool = False
    line: int = 0
    file: str = ""


@dataclass
class Call:
    """``names = label(arguments)``: a function that is differentiated on its own."""

    names: list
    function: tuple  # (the Python function, the types of its arguments)
    arguments: list
    label: str
    line: int = 0
    file: str = ""


@dataclass
class Ruled:
    """``names = function(arguments)`` of a function with a derivative rule of its own.

    ``rule`` is a row of the table of array rules, or a `CustomRule`; ``arrays`` are those of
    the names that are (new) arrays.
    """

    names: list
    rule: object
    arguments: list
    label: str
    several: bool
    arrays: list
    line: int = 0
    file: str = ""


@dataclass
class If:
    """A branch."""

    test: ast.expr
    body: list
    orelse: list
    line: int = 0
    file: str = ""


@dataclass
class For:
    """``for name in range(start, stop, step)``; left when the flag ``exit_flag`` is set.

    ``snapshots`` is None but for a loop over ``checkpoint(stop, snapshots)``: there it is that
    expression, the literal None where the user gave none.
    """

    name: str
    start: ast.expr
    stop: ast.expr
    step: ast.expr
    body: list
    exit_flag: str = ""
    parallel: bool = False
    snapshots: ast.expr | None = None
    line: int = 0
    file: str = ""


@dataclass
class While:
    """``while test``; left when the flag ``exit_flag`` is set.  ``setup`` computes the test."""

    setup: list
    test: ast.expr
    body: list
    exit_flag: str = ""
    line: int = 0
    file: str = ""


@dataclass
class Raise:
    """``raise value``: an exception, of constants and variables."""

    value: ast.expr
    line: int = 0
    file: str = ""


# ---- Statements of adjoints ----


@dataclass
class Set:
    """``target = value``, or ``target += value`` and ``-=`` by ``op``, "+" or "-".

    The target is an expression: a variable, an item, a tuple of variables.
    """

    target: ast.expr
    value: ast.expr
    op: str = ""
    line: int = 0
    file: str = ""


@dataclass
class Room:
    """Make room on a stack for ``count`` more values."""

    stack: str
    count: ast.expr
    line: int = 0
    file: str = ""


@dataclass
class Do:
    """An expression that is evaluated for what it does: a call."""

    value: ast.expr
    line: int = 0
    file: str = ""


@dataclass
class Comment:
    """A comment in the generated code."""

    words: str
    line: int = 0
    file: str = ""


@dataclass
class Return:
    """``return value``."""

    value: ast.expr
    line: int = 0
    file: str = ""


class Function(NamedTuple):
    """A generated function.

    ``kind`` names its decorator (`namer.DECORATORS`).
    """

    name: str
    parameters: list
    body: list
    kind: str


# ---- Programs ----


@dataclass
class Program:
    """A function in this representation."""

    name: str
    parameters: list
    body: list
    results: list  # names of what it returns
    returns_tuple: bool
    types: dict  # name -> Numba type
    namer: object  # `Namer` of the generated module, with the globals that it uses
    file: str = ""
    calls: dict = field(default_factory=dict)  # key -> Program of a function called
    strictness: object = None  # `Strictness` of the functions that were inlined into it
    changes: set = field(default_factory=set)  # positions of the array parameters it writes into
    pairs: bool = False  # whether complex numbers have become pairs of real ones
    widened: bool = False  # whether small integers are computed as Numba's fused loops do
    fills: bool = False  # the function returns nothing: ``results`` are the arrays that it fills

    @property
    def returned(self):
        """Return the Numba type of what it returns."""
        found = [self.types[r] for r in self.results]
        return types.Tuple(found) if self.returns_tuple else found[0]


def is_array(t):
    """Tell whether a type is an array."""
    return isinstance(t, types.Array)


def is_real(t):
    """Tell whether a scalar type carries derivatives."""
    return isinstance(t, types.Float) or type(t).__name__ == "JetType"


def carries(t):
    """Tell whether a tuple holds floats or arrays."""
    return any(
        carries(e) if isinstance(e, types.BaseTuple) else is_real(e) or is_array(e) for e in t
    )


def blocks(statement):
    """Return the blocks of a statement: branches, or the body (and the setup) of a loop."""
    if isinstance(statement, If):
        return [statement.body, statement.orelse]
    if isinstance(statement, For):
        return [statement.body]
    if isinstance(statement, While):
        return [statement.setup, statement.body]
    return []


def walk(body):
    """Yield all statements, outer before inner."""
    for s in body:
        yield s
        for block in blocks(s):
            yield from walk(block)


def with_blocks(statement, change):
    """Return a statement with each of its blocks replaced by ``change(block)``."""
    if isinstance(statement, If):
        body, orelse = change(statement.body), change(statement.orelse)
        return replace(statement, body=body, orelse=orelse)
    if isinstance(statement, For):
        return replace(statement, body=change(statement.body))
    if isinstance(statement, While):
        return replace(statement, setup=change(statement.setup), body=change(statement.body))
    return statement


def expressions(s):
    """Return the expressions that a statement itself (not its blocks) evaluates."""
    if isinstance(s, Assign | Array | Fill | Raise | Do | Return):
        return [s.value]
    if isinstance(s, Store):
        return [*s.index, s.value]
    if isinstance(s, Call | Ruled):
        return list(s.arguments)
    if isinstance(s, If | While):
        return [s.test]
    if isinstance(s, For):
        return [s.start, s.stop, s.step, *([] if s.snapshots is None else [s.snapshots])]
    if isinstance(s, Set):
        plain = isinstance(s.target, ast.Name | ast.Tuple) and not s.op
        return [s.value] if plain else [s.target, s.value]
    return [s.count] if isinstance(s, Room) else []


def reads_of(s):
    """Return the names that a statement itself reads (not the array that it writes into)."""
    found = set()
    for e in expressions(s):
        found |= names_in(e)
    return found


def written(s):
    """Return the scalar and array variables that a statement itself binds."""
    if isinstance(s, Assign | Array | For):
        return [s.name]
    if isinstance(s, Call | Ruled):
        return list(s.names)
    if isinstance(s, Set) and not isinstance(s.target, ast.Subscript):
        return sorted(names_in(s.target))
    return [s.stack] if isinstance(s, Room) else []


def arrays_bound(s):
    """Return the array variables that a statement itself binds."""
    if isinstance(s, Array):
        return [] if s.kind == "number" else [s.name]
    return s.arrays if isinstance(s, Ruled) else []


def sum_term(s):
    """Return (sign, term) where a statement is ``v = v + term`` or ``v = v - term``."""
    if not isinstance(s, Assign) or not isinstance(s.value, ast.BinOp):
        return None
    op, left, right = s.value.op, s.value.left, s.value.right
    is_self = isinstance(left, ast.Name) and left.id == s.name
    if isinstance(op, ast.Add) and is_self and s.name not in names_in(right):
        return 1, right
    if isinstance(op, ast.Sub) and is_self and s.name not in names_in(right):
        return -1, right
    if isinstance(op, ast.Add) and isinstance(right, ast.Name) and right.id == s.name:
        if s.name not in names_in(left):
            return 1, left
    return None


def stored_into(s):
    """Return the array into which a statement itself stores items, or None."""
    if isinstance(s, Store | Fill):
        return s.array
    if isinstance(s, Set) and isinstance(s.target, ast.Subscript):
        return s.target.value.id if isinstance(s.target.value, ast.Name) else None
    return None


def reading(body, values):
    """Return statements that read other expressions in place of some names (the dict's keys)."""
    return reading_as(body, lambda n: clone(values[n.id]) if n.id in values else n)


def reading_as(body, value_of):
    """Return statements with the names that they read replaced, as `read_as` does."""
    return [_reading(s, value_of) for s in body]


def _reading(s, value_of):
    changed = {}
    for f in fields(s):
        part = getattr(s, f.name)
        if isinstance(part, list) and any(isinstance(p, ast.AST) for p in part):
            changed[f.name] = [read_as(p, value_of) for p in part]
        elif isinstance(part, ast.AST):
            changed[f.name] = read_as(part, value_of)
        elif part and isinstance(part, list) and not isinstance(part[0], str):
            changed[f.name] = reading_as(part, value_of)
    return replace(s, **changed)


class Names:
    """The names that statements read (``loaded``) and bind (``stored``), inner blocks included."""

    def __init__(self, body):
        self.body, self.stored, self.loaded = body, set(), set()
        for s in walk(body):
            self.stored.update(written(s))
            self.loaded |= reads_of(s)
            if isinstance(s, Store | Fill):
                self.loaded.add(s.array)
            elif isinstance(s, Room):
                self.loaded |= {s.stack, TOPS[s.stack]}
            if isinstance(s, For | While) and s.exit_flag:
                self.loaded.add(s.exit_flag)
