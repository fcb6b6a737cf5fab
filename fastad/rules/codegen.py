"""From a rule to Python source: what Numba compiles for each kind of number.

The functions made here are ordinary Python, kept in ``linecache`` under a name that says
what they are, so that tracebacks and debuggers show their lines.
"""

import ast
import functools
import linecache

import numpy as np

from . import primals
from .table import BY_NAME, CONSTANTS

_ZERO, _ONE, _MINUS_ONE = "0.0", "1.0", "-1.0"


def compile_source(source, name, namespace):
    """Execute generated source and return the function ``name`` that it defines."""
    filename = f"<fastad {name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    scope = dict(namespace)
    exec(compile(source, filename, "exec"), scope)
    return scope[name]


def indented(lines):
    """Return lines of source one level deeper."""
    return [f"    {line}" for line in lines]


class _IEEEDivision(ast.NodeTransformer):
    """Write ``a / b`` as ``divide(a, b)``, which is infinite where Python's raises.

    A derivative may be infinite where the primal is finite (``sqrt`` at 0), and then it
    must not raise because the caller compiles with Python's error model.
    """

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Div):
            return ast.Call(ast.Name("divide", ast.Load()), [node.left, node.right], [])
        return node


class _Substitution(ast.NodeTransformer):
    """Replace names by expressions."""

    def __init__(self, replacements):
        self.replacements = replacements

    def visit_Name(self, node):
        text = self.replacements.get(node.id)
        return node if text is None else ast.parse(text, mode="eval").body


def rewrite(expression, replacements=None, ieee=False):
    """Return an expression with names replaced and, if asked, IEEE division."""
    tree = ast.parse(expression, mode="eval")
    if replacements:
        tree = _Substitution(replacements).visit(tree)
    if ieee:
        tree = _IEEEDivision().visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree))


def uses(expression, name):
    """Tell whether an expression reads a name."""
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(ast.parse(expression)))


def _term(rule, partial, factor, tangent):
    """Return the source of one product of partial and tangent, or None where it is zero."""
    if partial == _ZERO:
        return None
    if partial == _ONE:
        return tangent
    if partial == _MINUS_ONE:
        return f"-{tangent}"
    if not rule.strong:
        return f"{factor} * {tangent}"
    return f"{'select' if rule.selects else 'scale'}({factor}, {tangent})"


def _sum(terms):
    """Return the source of a sum of terms, ``None`` standing for zero."""
    present = [t for t in terms if t is not None]
    if not present:
        return _ZERO
    return " + ".join(present).replace("+ -", "- ")


def jet_source(rule, pattern, n, literal=None):
    """Return the source of one operation on Jets.

    Parameters
    ----------
    rule : Rule
    pattern : str
        One letter an argument: ``"J"`` for a Jet, ``"N"`` for a number.
    n : int
        Number of partials.
    literal : int, optional
        The second argument, where it is an integer known when compiling (``x ** 2``).

    Returns
    -------
    str
        A function named ``rule.name`` of ``a`` (and ``b``).

    Examples
    --------
    >>> from fastad.rules import BY_NAME
    >>> print(jet_source(BY_NAME["sqrt"], "J", 2))
    def sqrt(a):
        x = a.value
        p = a.partials
        r = sqrt_(x)
        dx = divide(0.5, r)
        return make_jet(r, (scale(dx, p[0]), scale(dx, p[1])))
    """
    arguments = "ab"[: rule.arity]
    replacements = {f: f"{f}_" for f in function_names()}
    if literal is not None:
        replacements["y"] = repr(literal)
    lines = [f"def {rule.name}({', '.join(arguments)}):"]
    for argument, kind, x, p in zip(arguments, pattern, "xy", "pq", strict=False):
        if kind == "J":
            lines += [f"{x} = {argument}.value", f"{p} = {argument}.partials"]
        elif literal is None:
            lines.append(f"{x} = {argument}")
    # Division itself keeps the caller's error model; a derivative never raises.
    lines.append(f"r = {rewrite(rule.primal, replacements)}")
    factors = {}
    for kind, partial, x in zip(pattern, rule.partials, "xy", strict=False):
        if kind == "J" and partial not in (_ZERO, _ONE, _MINUS_ONE):
            factors[x] = rewrite(partial, replacements, ieee=True)
            lines.append(f"d{x} = {factors[x]}")
    tangents = []
    for k in range(n):
        terms = [
            _term(rule, partial, f"d{x}", f"{p}[{k}]")
            for kind, partial, x, p in zip(pattern, rule.partials, "xy", "pq", strict=False)
            if kind == "J"
        ]
        tangents.append(_sum(terms))
    trailing = "," if n == 1 else ""
    lines.append(f"return make_jet(r, ({', '.join(tangents)}{trailing}))")
    return "\n    ".join(lines) + "\n"


@functools.cache
def function_names():
    """Return the names of functions that the expressions of the table may call."""
    return frozenset(primals.interpreter_namespace())


@functools.cache
def primal_function(name):
    """Return the plain Python function of floats that a rule computes."""
    rule = BY_NAME[name]
    arguments = ", ".join("xy"[: rule.arity])
    source = f"def {name}({arguments}):\n    return {rule.primal}\n"
    scope = primals.interpreter_namespace() | CONSTANTS
    if name in scope:
        return scope[name]
    return compile_source(source, name, scope)


@functools.cache
def partial_function(name, index):
    """Return a plain Python function ``(x, [y,] r)`` of floats: one partial derivative."""
    rule = BY_NAME[name]
    arguments = ", ".join([*"xy"[: rule.arity], "r"])
    expression = rewrite(rule.partials[index], ieee=True)
    source = f"def partial({arguments}):\n    return {expression}\n"
    scope = primals.interpreter_namespace() | CONSTANTS | {"divide": _divide}
    return compile_source(source, "partial", scope)


def _divide(x, y):
    with np.errstate(all="ignore"):
        return float(np.float64(x) / np.float64(y))


def number_source(rule):
    """Return the source of a rule's primal on plain numbers."""
    arguments = ", ".join("xy"[: rule.arity])
    replacements = {f: f"{f}_" for f in function_names()}
    return f"def {rule.name}({arguments}):\n    return {rewrite(rule.primal, replacements)}\n"


def number_namespace():
    """Return the names of generated code: ``sin_`` is ``math.sin``, ..."""
    return CONSTANTS | {f"{k}_": f for k, f in primals.interpreter_namespace().items()}
