"""The intermediate representation: few kinds of statement, over Python's expressions.

A statement computes one thing.  Expressions are ``ast`` nodes; those of scalars may be
trees, those of arrays are single operations.  Two attributes are added to expression
nodes: ``type``, the Numba type, and ``rule``, the name of the row of the rule table.
"""

import ast
import contextlib
import copy
import math
from dataclasses import dataclass, field

from numba.core import types

from ...jit.generated import python_function

INT = types.intp


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


@contextlib.contextmanager
def lines_of(function):
    """Say of what is not supported in a function, within, that it is in that function's file."""
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

    ``beside`` is a running extreme that the next statement moves, where this is its tangent.
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
    """``for name in range(start, stop, step)``; left when the flag ``until`` is set.

    Over ``checkpoint(stop, snapshots)`` it has ``snapshots``, the literal None for the default.
    """

    name: str
    start: ast.expr
    stop: ast.expr
    step: ast.expr
    body: list
    until: str = ""
    parallel: bool = False
    snapshots: ast.expr | None = None
    line: int = 0
    file: str = ""


@dataclass
class While:
    """``while test``; left when the flag ``until`` is set.  ``setup`` computes the test."""

    setup: list
    test: ast.expr
    body: list
    until: str = ""
    line: int = 0
    file: str = ""


@dataclass
class Raise:
    """``raise value``: an exception, of constants and variables."""

    value: ast.expr
    line: int = 0
    file: str = ""


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
    strictness: object = None  # `Strictness` of the functions that it is made of
    changes: set = field(default_factory=set)  # positions of the arrays that it writes into

    @property
    def returned(self):
        """Return the Numba type of what it returns."""
        found = [self.types[r] for r in self.results]
        return types.Tuple(found) if self.returns_tuple else found[0]


def load(name, type_=None):
    """Return an expression that reads a variable."""
    node = ast.Name(name, ast.Load())
    node.type = type_
    node.rule = None
    return node


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


def constant(value, type_):
    """Return a literal."""
    negative = isinstance(value, int | float) and math.copysign(1.0, value) < 0.0
    node = ast.Constant(-value if negative else value)
    node.type, node.rule = type_, None
    if negative:  # printed as a literal it would bind less than a power
        node = ast.UnaryOp(ast.USub(), node)
        node.type, node.rule = type_, "neg"
    return node


def index_parts(node):
    """Return the list of indices of a subscript."""
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def subscript(array, index):
    """Return ``array[index]`` as an expression."""
    parts = clone(index)
    inner = parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())
    return ast.Subscript(array, inner, ast.Load())


def clone(node):
    """Return a copy of an expression; types are shared."""
    if isinstance(node, list):
        return [clone(n) for n in node]
    if not isinstance(node, ast.AST):
        return node
    new = copy.copy(node)
    for name, value in ast.iter_fields(node):
        setattr(new, name, clone(value))
    return new


def names_in(node):
    """Return the set of names that an expression mentions."""
    found, waiting = set(), [node]
    while waiting:  # ast.walk is four times slower, and this is asked all the time
        node = waiting.pop()
        if isinstance(node, ast.Name):
            found.add(node.id)
            continue
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                waiting.append(value)
            elif isinstance(value, list):
                waiting.extend(v for v in value if isinstance(v, ast.AST))
    return found


def literal(node):
    """Return the value of an expression that is a literal, or minus one, else None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = literal(node.operand)
        return None if value is None else -value
    return node.value if isinstance(node, ast.Constant) else None


def called(node):
    """Return the object that an expression calls, where the front end noted it, else None."""
    return getattr(node, "function", None) if isinstance(node, ast.Call) else None


def text(node):
    """Return an expression as source."""
    return ast.unparse(node)


def blocks(statement):
    """Return the lists of statements inside one."""
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


def expressions(s):
    """Return the expressions that a statement itself (not its blocks) evaluates."""
    if isinstance(s, Assign | Array | Fill | Raise):
        return [s.value]
    if isinstance(s, Store):
        return [*s.index, s.value]
    if isinstance(s, Call | Ruled):
        return list(s.arguments)
    if isinstance(s, If | While):
        return [s.test]
    if isinstance(s, For):
        return [s.start, s.stop, s.step, *([] if s.snapshots is None else [s.snapshots])]
    return []


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
    return []


def arrays_bound(s):
    """Return the array variables that a statement itself binds."""
    if isinstance(s, Array):
        return [] if s.kind == "number" else [s.name]
    return s.arrays if isinstance(s, Ruled) else []


def show(body, indent=0):
    """Return statements as indented text, to look at."""
    pad = "    " * indent
    lines = []
    for s in body:
        if isinstance(s, Assign):
            lines.append(f"{pad}{s.name} = {text(s.value)}")
        elif isinstance(s, Array):
            lines.append(f"{pad}{s.name} = {text(s.value)}  # {s.kind} {s.of}".rstrip())
        elif isinstance(s, Store):
            index = ", ".join(text(i) for i in s.index)
            lines.append(f"{pad}{s.array}[{index}] {'+=' if s.add else '='} {text(s.value)}")
        elif isinstance(s, Fill):
            lines.append(f"{pad}{s.array}[...] {'+=' if s.add else '='} {text(s.value)}")
        elif isinstance(s, Call | Ruled):
            arguments = ", ".join(text(a) for a in s.arguments)
            lines.append(f"{pad}{', '.join(s.names)} = {s.label}({arguments})")
        elif isinstance(s, If):
            lines.append(f"{pad}if {text(s.test)}:")
            lines += show(s.body, indent + 1).splitlines() or [f"{pad}    pass"]
            if s.orelse:
                lines.append(f"{pad}else:")
                lines += show(s.orelse, indent + 1).splitlines()
        elif isinstance(s, For):
            bounds = ", ".join(text(e) for e in (s.start, s.stop, s.step))
            until = f"  # until {s.until}" if s.until else ""
            word = "prange" if s.parallel else "range"
            lines.append(f"{pad}for {s.name} in {word}({bounds}):{until}")
            lines += show(s.body, indent + 1).splitlines() or [f"{pad}    pass"]
        elif isinstance(s, While):
            lines += show(s.setup, indent).splitlines()
            until = f"  # until {s.until}" if s.until else ""
            lines.append(f"{pad}while {text(s.test)}:{until}")
            lines += show(s.body, indent + 1).splitlines() or [f"{pad}    pass"]
        elif isinstance(s, Raise):
            lines.append(f"{pad}raise {text(s.value)}")
    return "\n".join(lines)
