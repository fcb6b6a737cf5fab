"""From a rule to Python source: what Numba compiles for each kind of number.

The generated functions are ordinary Python.  Their source is kept in ``linecache`` under a name
that says what they are, so that tracebacks and debuggers show their lines.
"""

import functools
import linecache

import numpy as np

from . import primals
from .partials import CONSTANTS
from .table import BY_NAME
from .terms import compiled, rewrite, terms


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


# Up to this number of tangents each product has a test of its own (`weigh`); for more one branch
# tests the factors first. Without the branch, loops over points are vectorised.
FEW_TANGENTS = 2


def jet_source(rule, pattern, n, literal=None):
    """Return the source of one operation on Jets.

    Parameters
    ----------
    rule : Rule
    pattern : str
        A letter for each argument: ``"J"`` for a Jet, ``"N"`` for a number.
    n : int
        Number of partials.
    literal : int, optional
        The second argument, if it is an integer known at compile time (``x ** 2``).

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
    replacements = {} if literal is None else {"y": repr(literal)}
    lines = [f"def {rule.name}({', '.join(arguments)}):"]
    for argument, kind, x, p in zip(arguments, pattern, "xy", "pq", strict=False):
        if kind == "J":
            lines += [f"{x} = {argument}.value", f"{p} = {argument}.partials"]
        elif literal is None:
            lines.append(f"{x} = {argument}")
    # The value's division has the caller's error model; that of a derivative never raises.
    lines.append(f"r = {compiled(rule.primal, replacements)}")
    moving = [t for t in terms(rule) if pattern[t.argument] == "J"]
    factors = [f"d{'xy'[t.argument]}" for t in moving]
    for t, factor in zip(moving, factors, strict=True):
        if not t.sign:
            lines.append(f"{factor} = {t.factor(replacements)}")

    def result(product=""):
        tangents = []
        for k in range(n):
            shares = [
                t.times(f"{'pq'[t.argument]}[{k}]", factor, product)
                for t, factor in zip(moving, factors, strict=True)
            ]
            tangents.append(" + ".join(shares).replace("+ -", "- ") or "0.0")
        trailing = "," if n == 1 else ""
        return f"return make_jet(r, ({', '.join(tangents)}{trailing}))"

    weighed = [f"{factor} == 0.0" for t, factor in zip(moving, factors, strict=True) if t.weighs]
    chosen = "weigh" if weighed and n <= FEW_TANGENTS else ""
    if weighed and not chosen:  # one test for all tangents: most factors are not zero
        lines.append(f"if {' or '.join(weighed)}:")
        lines.append(f"    {result('weigh')}")
    lines.append(result(chosen))
    return "\n    ".join(lines) + "\n"


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
    return f"def {rule.name}({arguments}):\n    return {compiled(rule.primal)}\n"


def number_namespace():
    """Return the globals of generated code: ``sin_`` for ``math.sin``, ..."""
    return CONSTANTS | {f"{k}_": f for k, f in primals.interpreter_namespace().items()}
