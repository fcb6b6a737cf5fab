"""Which variables are active: they depend on a differentiated input and reach a result."""

import ast

from numba.core import types

from ..ir.statements import (
    Array,
    Assign,
    Call,
    Fill,
    Ruled,
    Store,
    Unsupported,
    is_array,
    is_real,
    walk,
)
from .contents import Contents


def real(t):
    """Tell whether a scalar or an array of this type can carry derivatives."""
    return is_real(t.dtype) if is_array(t) else is_real(t)


def operands(node):
    """Return the operands of an operation: arguments, both sides, or the owner of a method."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.Call):
        owner = []
        if isinstance(node.func, ast.Attribute) and getattr(node.func.value, "type", None):
            owner = [node.func.value]  # a method's; in the path of a function no node has a type
        if getattr(node, "operation", "") == "copy":
            return [*owner, *node.args][:1]  # without the dtype
        return owner + list(node.args)
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    return []


def flows(node):
    """Return the names through which a derivative flows into an expression's value."""
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Subscript):
        return flows(node.value)
    if isinstance(node, ast.Attribute):
        return flows(node.value) if node.attr == "T" else set()
    if isinstance(node, ast.Compare | ast.BoolOp | ast.Constant):
        return set()
    if getattr(node, "operation", "") == "constant" and not getattr(node, "opaque", False):
        return set()
    if isinstance(node, ast.Call) and getattr(node, "rule", None) is None:
        if not hasattr(node, "operation") and not getattr(node, "opaque", False):
            return set()
    if isinstance(node, _OPERATIONS):
        parts = [o for _, o in moving(node)]
    else:
        parts = ast.iter_child_nodes(node)
    found = set()
    for o in parts:
        found |= flows(o) if isinstance(o, ast.expr) else set()
    return found.union(*map(flows, named(node)))


_OPERATIONS = ast.BinOp | ast.UnaryOp | ast.Call | ast.IfExp
# Array operations with operands that are no values (a shape, an axis, a condition) -> the positions
# of those that are.
MOVING = {
    **dict.fromkeys(("copy", "flatten", "ravel", "reshape", "transpose"), (0,)),
    **dict.fromkeys(("sum", "mean", "cumsum", "trace", "diag"), (0,)),
    **dict.fromkeys(("full", "full_like"), (1,)),
    "where": (1, 2),
}


def moving(node):
    """Return (position, operand) of the operands by which an operation has a derivative."""
    positions = MOVING.get(getattr(node, "operation", ""))
    numbered = [*enumerate(operands(node))]
    return numbered if positions is None else [numbered[k] for k in positions if k < len(numbered)]


def named(node):
    """Return the values of an operation's keywords, without the dtype."""
    return [k.value for k in getattr(node, "keywords", ()) if k.arg != "dtype"]


def memory(program):
    """Return a function from an array's name to the name of its memory: all views share one."""
    parent = {}

    def find(name):
        while name in parent:
            name = parent[name]
        return name

    for s in walk(program.body):
        if isinstance(s, Array) and s.kind == "view":
            a, b = find(s.name), find(s.of)
            if a != b:
                parent[a] = b
    return find


def _item(t):
    return t.dtype if is_array(t) else t


def _whole(t):
    """Tell whether a type is discrete, so that its values have no derivative: integers, None."""
    return t is None or isinstance(_item(t), types.Integer | types.Boolean | types.NoneType)


class Activity:
    """The active variables of a program.

    Parameters
    ----------
    program : Program
    inputs : iterable of str
        The parameters that are differentiated.

    Attributes
    ----------
    active : set of str
        Scalars and arrays that depend on an input and reach a result. With an array all names of
        its memory are active.
    varied : set of str
        Scalars and arrays that depend on an input, whether they reach a result or not.
    in_arrays : set of str
        Scalars of which arrays are made.
    """

    def __init__(self, program, inputs):
        self.program, self.inputs = program, [*inputs]
        self.memory = memory(program)
        self.contents = Contents(program, self.memory)
        self.items_read = self.contents.read
        self.statements = [
            s
            for s in walk(program.body)
            if isinstance(s, Assign | Array | Store | Fill | Call | Ruled)
        ]
        t = program.types
        self.carrying = {n for n in t if real(t[n])}
        arrays = [s for s in self.statements if isinstance(s, Array)]
        read = {n for s in arrays for n in flows(s.value)}
        self.in_arrays = {n for n in read & self.carrying if not is_array(t[n])}
        varied = self.closed({*inputs}, forward=True)
        changed = {program.parameters[k] for k in program.changes}  # a callee's: they are results
        self.varied = varied & self.carrying
        self.active = self.varied & self.closed({*program.results, *changed}, forward=False)
        self.check(varied)
        self.check_rules()

    def whole(self, names):
        """Return the names with all other names of the same memory."""
        roots = {self.memory(n) for n in names}
        return {n for n in self.program.types if n in names or self.memory(n) in roots}

    def edges(self, s):
        """Return (sources, targets): names from which and to which a derivative flows."""
        if isinstance(s, Assign | Array):
            return flows(s.value), {s.name}
        if isinstance(s, Store | Fill):
            return flows(s.value), {s.array}
        sources = set()
        for a in s.arguments:
            sources |= flows(a)
        if isinstance(s, Ruled):
            return sources, {*s.names}
        arrays = {a.id for a in s.arguments if isinstance(a, ast.Name) and is_array(a.type)}
        return sources, {*s.names, *arrays}

    def closed(self, names, forward):
        names = self.whole(names)
        while True:
            before = len(names)
            for s in self.statements:
                sources, targets = self.edges(s)
                if not forward:
                    sources, targets = targets, sources
                if sources & names:
                    targets = {n for n in targets if n in self.carrying}
                    names |= self.whole(targets) if targets - names else set()
            if len(names) == before:
                return names

    def check(self, varied):
        """Refuse operations without a derivative on values that carry one."""
        for s in self.statements:
            sources, targets = self.edges(s)
            lost = {n for n in targets - self.carrying if not _whole(self.program.types.get(n))}
            if lost and sources & varied:
                self.refuse_type(s, self.program.types.get(min(lost)))
            for e in ast.walk(s.value) if hasattr(s, "value") else ():
                if isinstance(_item(getattr(e, "type", None)), types.Complex):
                    if flows(e) & varied & self.carrying:
                        self.refuse_type(s, e.type)
            for e in ast.walk(s.value) if hasattr(s, "value") else ():
                if set().union(*map(flows, named(e))) & varied & self.carrying:
                    what = f"{self.written(e.func)} is given by keyword what is differentiated"
                    raise Unsupported(f"{what}; pass it by position", s)
                if getattr(e, "opaque", False) and flows(e) & varied & self.carrying:
                    _, targets = self.edges(s)
                    if targets & self.active or not isinstance(e.type, types.Integer):
                        raise Unsupported(
                            f"{self.written(e.func)} has no derivative rule; give the function "
                            "that calls it one by fastad.custom_vjp",
                            s,
                        )

    @staticmethod
    def refuse_type(s, t):
        """Refuse a value that depends on an input and is no float."""
        what = "a complex number" if isinstance(_item(t), types.Complex) else f"of type {t}"
        raise Unsupported(
            f"a value that depends on what is differentiated is {what}; compute with floats", s
        )

    def check_rules(self):
        """Refuse an active argument by which a function with a rule has no derivative."""
        for s in self.statements:
            if isinstance(s, Ruled) and self.active.intersection(s.names):
                for k in getattr(s.rule, "without", ()):
                    if self.is_active(s.arguments[k]):
                        name = s.rule.primal.__name__
                        raise Unsupported(f"{name} has no derivative by argument {k + 1}", s)

    def written(self, path):
        """Return the path of a function, ``np_1.median``, as the user may write it."""
        base = path
        while isinstance(base, ast.Attribute):
            base = base.value
        module = self.program.namer.namespace.get(getattr(base, "id", None))
        name = getattr(module, "__name__", None)
        if name is None:
            return ast.unparse(path)
        return {"numpy": "np"}.get(name, name) + ast.unparse(path)[len(base.id) :]

    def changed(self):
        """Return the memories that the program may write into."""
        found = {self.memory(s.array) for s in self.statements if isinstance(s, Store | Fill)}
        for s in self.statements:
            if isinstance(s, Call):
                found |= {self.memory(e.id) for e in s.arguments if is_array(e.type)}
        return found

    def is_active(self, node):
        """Tell whether an expression's value carries derivatives."""
        return bool(flows(node) & self.active)
