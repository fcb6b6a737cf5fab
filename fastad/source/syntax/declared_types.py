"""Variables of declared types, ``@njit(locals={"total": float32})``: conversions are written.

Numba converts what is assigned to such a variable. Here that becomes a call, ``np.float32(...)``,
which source mode reads like any other. What it cannot express is refused.
"""

import ast

import numpy as np
from numba.core import types

from ..ir.statements import Unsupported
from .infer import unused_prefix


def with_conversions(tree, declared):
    """Convert, in a function's tree, what is assigned to the variables of declared types.

    Returns the global names that the conversions call, and what they are. `check` is for what is
    not converted: the targets of loops, parameters, arrays.
    """
    prefix, called, names = unused_prefix(tree), {}, {}
    counters = _Counters(tree, declared)
    for name, t in declared.items():
        small = _is_small(t)
        if isinstance(t, types.Float) or (small and name not in counters.small):
            names[name] = f"{prefix}{t}"
            called[names[name]] = getattr(np, str(t))
        if small and not t.signed:
            _refuse_differences(tree, name, t)
    _Conversions(names).visit(tree)
    counters.visit(tree)
    return called


def _is_small(t):
    """Tell whether a type is that of integers of fewer than 64 bits."""
    return isinstance(t, types.Integer) and t.bitwidth < 64


def _refuse_differences(tree, name, t):
    """Refuse an unsigned integer whose type counts, see `_of_any_type`."""
    fitting = _of_any_type(tree)
    for parent in ast.walk(tree):
        for n in ast.iter_child_nodes(parent):
            read = isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
            if read and id(n) not in fitting:
                raise Unsupported(
                    f"{name} is declared to be {t} (locals=), and {ast.unparse(parent)} may wrap "
                    "around; declare an int64",
                    parent,
                )


def _of_any_type(tree):
    """Return the ids of the nodes of which any type of integers makes the same numbers.

    They are an index or one of several, put into an array, or compared; or part of a sum or product
    that is. Differences of unsigned integers, also of their sums, wrap around in Numba, and here
    integers are signed.
    """
    found, todo = set(), []
    for n in ast.walk(tree):
        if isinstance(n, ast.Subscript):
            todo += n.slice.elts if isinstance(n.slice, ast.Tuple) else [n.slice]
        elif isinstance(n, ast.Assign) and all(isinstance(t, ast.Subscript) for t in n.targets):
            todo.append(n.value)
        elif isinstance(n, ast.Compare):
            todo += [n.left, *n.comparators]
    for n in todo:
        found.add(id(n))
        if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Add | ast.Mult):
            todo += [n.left, n.right]
    return found


def check(tree, declared):
    """Refuse a function where a variable has not the type that is declared for it."""
    for name, t in declared.items():
        found = tree.variables.get(name, t)
        if found not in (t, types.undefined) and name not in tree.counters:
            raise Unsupported(
                f"{name} is declared to be {t} (locals=), and its values are {found}; convert them"
            )


class _Conversions(ast.NodeTransformer):
    """Writes conversions around what is assigned to some variables.

    Attributes
    ----------
    names : dict of str to str
        The function that converts, by the name of the variable.
    """

    def __init__(self, names):
        self.names = names

    def converted(self, target, value):
        if not (isinstance(target, ast.Name) and target.id in self.names):
            return value
        call = ast.Call(ast.Name(self.names[target.id], ast.Load()), [value], [])
        return ast.fix_missing_locations(ast.copy_location(call, value))

    def visit_Assign(self, node):
        first, *others = node.targets
        if any(isinstance(t, ast.Name) and t.id in self.names for t in node.targets) and others:
            raise Unsupported(
                f"{ast.unparse(node)}: of several variables one has a declared type (locals=); "
                "write an assignment for each",
                node,
            )
        node.value = self.converted(first, node.value)
        return node

    def visit_AnnAssign(self, node):
        if node.value is not None:
            node.value = self.converted(node.target, node.value)
        return node

    def visit_AugAssign(self, node):
        target = node.target
        if not (isinstance(target, ast.Name) and target.id in self.names):
            return node
        before = ast.copy_location(ast.Name(target.id, ast.Load()), target)
        value = ast.copy_location(ast.BinOp(before, node.op, node.value), node)
        return ast.copy_location(ast.Assign([target], self.converted(target, value)), node)


class _Counters(ast.NodeTransformer):
    """Checks, before a loop, that a counter of a small integer type can count so far.

    Legal where only loops over ranges bind the counter, and it is read where any type will do
    (`_of_any_type`): then its type decides how far it counts, and nothing else, and it may be an
    ordinary integer. The tree gets the names, ``counters``.
    """

    def __init__(self, tree, declared):
        tree.counters = set()
        self.tree = tree
        small = {n: t for n, t in declared.items() if _is_small(t)}
        nodes = list(ast.walk(tree))
        fitting = _of_any_type(tree)
        fitting |= {id(n.target) for n in nodes if isinstance(n, ast.For) and _is_range(n.iter)}
        other = {n.id for n in nodes if isinstance(n, ast.Name) and id(n) not in fitting}
        other |= {a.arg for a in tree.args.args}
        self.small = {n: t for n, t in small.items() if n not in other}

    def visit_For(self, node):
        self.generic_visit(node)
        name = node.target.id if isinstance(node.target, ast.Name) else None
        if name not in self.small:
            return node
        *start, stop = map(ast.unparse, node.iter.args)
        t = self.small[name]
        tests = [f"{stop} > {t.maxval + 1}", *(f"{s} < {t.minval}" for s in start)]
        said = f"fastad: {name} is declared to be {t}, and counts further"
        (guard,) = ast.parse(f"if {' or '.join(tests)}: raise ValueError({said!r})").body
        for n in ast.walk(guard):
            ast.copy_location(n, node)
        self.tree.counters.add(name)
        return [guard, node]


def _is_range(call):
    """Tell whether a loop is over a range of numbers that are there: no function is called."""
    if not (isinstance(call, ast.Call) and 1 <= len(call.args) <= 2 and not call.keywords):
        return False
    if ast.unparse(call.func).rpartition(".")[2] not in ("range", "prange"):
        return False
    called = (n for a in call.args for n in ast.walk(a) if isinstance(n, ast.Call))
    return all(isinstance(n.func, ast.Name) and n.func.id == "len" for n in called)
