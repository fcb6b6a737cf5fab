"""The rule table in the interpreter: values and partial derivatives of floats, nothing compiled.

`give_operations` makes from it the methods of a class of numbers.
"""

import contextlib
import functools
import operator

import numpy as np

from ..rules import primals
from ..rules.codegen import compile_source, partial_function, primal_function
from ..rules.functions import FUNCTIONS, scalars_only
from ..rules.partials import CONSTANTS
from ..rules.table import COMPARISONS, RULES
from ..rules.terms import rewrite, stronger, terms
from .overloads import resolve

SYMBOLS = {
    **{"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%"},
    **{"pow": "**"},
}
_POWERS = ("pow",)  # of negative numbers they are complex in Python
_TERMS = {rule.name: {t.argument: t for t in terms(rule)} for rule in RULES}


def primal(rule, values, raises=True):
    """Return what a rule computes of floats.

    Where Python's functions raise, those of C, which compiled code calls, return infinities or NaN.
    ``raises`` tells whether a division by zero raises, as that of two numbers does, and that of
    NumPy's functions does not.
    """
    if rule.name not in _POWERS:
        errors = (ValueError, OverflowError if raises else ArithmeticError)
        with contextlib.suppress(*errors):
            return primal_function(rule.name)(*values)
    return _by_numpy(rule.primal, "xy"[: rule.arity], values)


def partial(rule, k, values, value):
    """Return a partial derivative, by the k-th argument, and its product with a tangent.

    Parameters
    ----------
    rule : Rule
    k : int
    values : sequence of float
        The arguments.
    value : float
        The result.

    Returns
    -------
    partial : float
        Infinite or NaN where Python's functions raise.
    product : str
        Which zeros are strong in the product (`fastad.rules.terms.PRODUCTS`).

    Raises
    ------
    TypeError
        If the argument is an integer order, by which there is no derivative.

    Examples
    --------
    >>> from fastad.rules import BY_NAME
    >>> partial(BY_NAME["truediv"], 1, (3.0, 2.0), 1.5)
    (-0.75, 'select')
    """
    if rule.partials[k] is None:
        raise TypeError(f"fastad: {rule.name} has no derivative by its integer order")
    term = _TERMS[rule.name].get(k)
    if term is None:
        return 0.0, "select"
    # As for Jets in compiled code: see `fastad.rules.codegen.jet_source`.
    return _partial(rule, k, values, value), stronger(term.product, "weigh" * term.weighs)


def _partial(rule, k, values, value):
    if rule.name not in _POWERS:
        with contextlib.suppress(ValueError, ArithmeticError):
            return float(partial_function(rule.name, k)(*values, value))
    expression = rewrite(rule.partials[k], ieee=True)
    return _by_numpy(expression, "xy"[: rule.arity] + "r", [*values, value])


def times(product, partial, tangent):
    """Multiply a partial derivative by a tangent, with the strong zeros of a product."""
    if tangent == 0.0 and product in ("scale", "select"):
        return 0.0
    return 0.0 if partial == 0.0 and product in ("weigh", "select") else partial * tangent


@functools.cache
def _numpy_names():
    names = primals.interpreter_namespace() | CONSTANTS | {"divide": np.divide}
    for rule in RULES:
        for path in rule.overloads:
            if path.startswith("np.") and rule.name in names:
                names[rule.name] = resolve(path)
    return names


def _by_numpy(expression, letters, values):
    """Return an expression of the table computed by NumPy's functions, which do not raise."""
    source = f"def found({', '.join(letters)}):\n    return {expression}\n"
    with np.errstate(all="ignore"):
        return float(compile_source(source, "found", _numpy_names())(*map(np.float64, values)))


def give_operations(numbers, apply, compare):
    """Give a class of numbers its operators, and methods with the names of the table's functions.

    Parameters
    ----------
    numbers : type
    apply : callable
        ``apply(rule, *arguments)`` does an operation, with a number of the class among the
        arguments.
    compare : callable
        ``compare(name, a, b)`` does a comparison; ``name`` is that of the `operator` module.
    """

    def method(rule, reverse=False):
        if rule.arity == 1:
            return lambda self: apply(rule, self)
        if reverse:
            return scalars_only(lambda self, other: apply(rule, other, self))
        return scalars_only(lambda self, other: apply(rule, self, other))

    for rule in RULES:
        if rule.name in SYMBOLS:
            setattr(numbers, f"__{rule.name}__", method(rule))
            setattr(numbers, f"__r{rule.name}__", method(rule, reverse=True))
        elif rule.name in ("neg", "pos", "abs"):
            setattr(numbers, f"__{rule.name}__", method(rule))
        if rule.name in FUNCTIONS:
            setattr(numbers, rule.name, method(rule))
    for name in COMPARISONS:
        bound = functools.partial(compare, name)
        setattr(numbers, f"__{name}__", scalars_only(lambda a, b, bound=bound: bound(a, b)))


def outcome(name, a, b):
    """Return a comparison of two floats: ``outcome("lt", 1.0, 2.0)`` is True."""
    return getattr(operator, name)(a, b)
