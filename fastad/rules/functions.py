"""The functions of the rule table by name: ``fastad.sin``, ``fastad.lgamma``, ...

They take floats, arrays, Duals, Jets and Vars, in the interpreter and in compiled code.
"""

import builtins
import functools
import numbers
import operator

import numpy as np

from . import codegen
from .table import RULES

# Rows for which Python has an operator or a builtin; the others are functions of fastad.
_PYTHONS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "neg", "pos", "min", "max")


def is_dual(x):
    """Tell whether an argument is a Dual, a Jet or a Var (in the interpreter)."""
    return hasattr(x, "tangent") and hasattr(x, "value")


NUMPY_COMPARISONS = {
    np.less: operator.lt,
    np.less_equal: operator.le,
    np.greater: operator.gt,
    np.greater_equal: operator.ge,
    np.equal: operator.eq,
    np.not_equal: operator.ne,
}


def scalars_only(method):
    """Return an operator's method that leaves ``number * array`` to the array, so to NumPy."""

    @functools.wraps(method)
    def with_scalar(self, other):
        return NotImplemented if isinstance(other, np.ndarray) else method(self, other)

    return with_scalar


def elementwise(function, *arguments):
    """Apply a function of scalars to arrays and Duals, with broadcasting."""
    boxed = []
    for a in arguments:
        if is_dual(a):
            a, item = np.empty((), dtype=object), a
            a[()] = item
        boxed.append(a)
    return np.frompyfunc(function, len(arguments), 1)(*boxed)


def apply(name, *arguments):
    """Apply one function of the rule table, in the interpreter."""
    if any(isinstance(a, np.ndarray) for a in arguments):
        out = elementwise(lambda *items: apply(name, *items), *arguments)
        return out if any(map(is_dual, out.flat)) else out.astype(np.float64)
    duals = [a for a in arguments if is_dual(a)]
    if duals:
        first = arguments[0] if is_dual(arguments[0]) else duals[0].constant(arguments[0])
        return getattr(first, name)(*arguments[1:])
    for a in arguments:
        if not isinstance(a, numbers.Real | np.bool_):
            raise TypeError(
                f"fastad.{name} takes floats, arrays, Duals, Jets and Vars, got {type(a).__name__}"
            )
    return codegen.primal_function(name)(*arguments)


def _documentation(rule):
    arguments = "xy"[: rule.arity]
    lines = [
        f"Return ``{rule.primal}``; works on floats, arrays, Duals, Jets and Vars.",
        "",
        "Notes",
        "-----",
    ]
    for argument, partial in zip(arguments, rule.partials, strict=True):
        if partial is None:
            lines.append(f"Not differentiated by {argument}, an integer.")
        else:
            lines.append(
                f"d/d{argument} = ``{partial}``"
                + (", with r the result." if "r" in partial else ".")
            )
    return "\n    ".join(lines) + "\n    "


def _function(rule):
    arguments = ", ".join("xy"[: rule.arity])
    source = (
        f"def {rule.name}({arguments}):\n"
        f'    """{_documentation(rule)}"""\n'
        f'    return apply("{rule.name}", {arguments})\n'
    )
    function = codegen.compile_source(source, rule.name, {"apply": apply, "__name__": __name__})
    return function


FUNCTIONS = {rule.name: _function(rule) for rule in RULES if rule.name not in _PYTHONS}


def function_of(rule):
    """Return the function that programs call for a row: fastad's, an operator or a builtin."""
    found = FUNCTIONS.get(rule.name)
    return found or getattr(operator, rule.name, None) or getattr(builtins, rule.name)


def where(condition, x, y):
    """Return x where the condition holds, else y; never a NaN of the one not taken.

    Parameters
    ----------
    condition : bool or array of bool
    x, y : float, Dual, Jet or array

    Returns
    -------
    float, Dual, Jet or array

    Notes
    -----
    Value and derivative are both *selected*: nothing is multiplied by zero.  Both x and y
    are computed before the call, so a function that raises needs a Python ``if``.

    Examples
    --------
    >>> import fastad
    >>> x = fastad.Dual(0.0, 1.0)
    >>> fastad.where(x.value > 0, fastad.sqrt(x), 2 * x)
    Dual(value=0.0, tangent=2.0)
    """
    if any(isinstance(a, np.ndarray) for a in (condition, x, y)):
        return np.where(condition, x, y)
    return x if condition else y
