"""Implementations of every operation of the rule table on Jets and on arrays of Jets.

Registration only: nothing is compiled until a program uses it.
"""

import builtins
import math
import operator

import numpy as np
from numba.core import errors, types
from numba.extending import overload

from ..rules import codegen, functions, primals
from ..rules.table import BY_NAME, COMPARISONS, RULES
from .arrays import broadcast_shape, elementwise, empty_array, inplace, is_none, item_at, item_of
from .jet import ActiveType, JetType, jet_function, on_arrays, operand_pattern, rule_for, settled

_MODULES = {"operator": operator, "math": math, "np": np, "builtins": builtins}
INPLACE = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")


def resolve(path):
    """Return the object that a rule's overload names: ``"np.sin"`` -> ``numpy.sin``."""
    module, name = path.split(".")
    return getattr(_MODULES[module], name)


def _dispatch(rule, function, arguments):
    """Return what to compile for a rule at some argument types; None if none is active."""
    if any(isinstance(t, types.Array) for t in arguments):
        if isinstance(function, np.ufunc) and any(isinstance(t, ActiveType) for t in arguments):
            # Numba compiles NumPy's functions of arrays itself, for plain numbers only.
            raise errors.NumbaTypeError(
                f"fastad: np.{function.__name__} of an array and of a number that is "
                "differentiated; make the number an array: 0.0 * array + number"
            )
        return elementwise(on_arrays(function), arguments)
    found = operand_pattern([types.unliteral(t) for t in arguments])
    if found is None:
        return None
    pattern, n = found
    literal = None
    if rule.name == "pow" and pattern == "JN" and isinstance(arguments[1], types.IntegerLiteral):
        literal = arguments[1].literal_value
    if None in rule.partials and pattern != "NJ":
        raise errors.NumbaTypeError(
            f"fastad: {rule.name}'s first argument is its integer order, got {arguments[0]}"
        )
    return jet_function(rule, pattern, n, literal)


def _register(rule, function):
    rule = rule_for(rule, function)
    if rule.arity == 1:

        @overload(function)
        def overload_unary(a):
            return _dispatch(rule, function, (a,))

    else:
        # Literal exponents are tried first: x ** 2 then needs no power.
        @overload(function, prefer_literal=rule.name == "pow")
        def overload_binary(a, b):
            return _dispatch(rule, function, (a, b))


def _register_inplace(rule):
    function = getattr(operator, rule.name)

    # Numba's own rule for ``array op= ...`` fails on items of other types: an overload for the
    # target "cpu" is tried before it, which is for all targets.
    literal = rule.name == "pow"

    @overload(getattr(operator, f"i{rule.name}"), prefer_literal=literal, target="cpu")
    def overload_inplace(a, b):
        if isinstance(a, types.Array):
            return inplace(on_arrays(function), (a, b))
        return _dispatch(rule, function, (a, b))


def _register_comparison(name):
    function = getattr(operator, name)

    @overload(function)
    def overload_comparison(a, b):
        if any(isinstance(t, types.Array) for t in (a, b)):
            return elementwise(function, (a, b), types.boolean)
        found = operand_pattern([types.unliteral(t) for t in (a, b)])
        if found is None:
            return None
        if found[0] == "JJ":
            return lambda a, b: function(a.value, b.value)
        if found[0] == "JN":
            return lambda a, b: function(a.value, b)
        return lambda a, b: function(a, b.value)


def _register_number(rule, function):
    """Register the implementation of a function, which only fastad has, for plain numbers."""
    scope = codegen.number_namespace()

    def implementation(*arguments):
        if not all(isinstance(t, types.Number | types.Boolean) for t in arguments):
            return None
        if function in primals.OWN.values():
            return function
        return codegen.compile_source(codegen.number_source(rule), rule.name, scope)

    if rule.arity == 1:
        overload(function)(lambda x: implementation(x))
    else:
        overload(function)(lambda x, y: implementation(x, y))


for _rule in RULES:
    for _path in _rule.overloads:
        _register(_rule, resolve(_path))
    for _namespace in (functions.FUNCTIONS, primals.OWN):
        if _rule.name in _namespace:
            _register(_rule, _namespace[_rule.name])
            _register_number(_rule, _namespace[_rule.name])
for _name in INPLACE:
    _register_inplace(BY_NAME[_name])
for _name in COMPARISONS:
    _register_comparison(_name)


# ---- Conversions: float() of a Jet is that Jet; int() is the integer part of its value ----


@overload(float)
def _float(x):
    return (lambda x: x) if isinstance(x, JetType) else None


@overload(bool)
def _bool(x):
    return (lambda x: bool(x.value)) if isinstance(x, JetType) else None


@overload(int)
def _int(x):
    return (lambda x: int(x.value)) if isinstance(x, JetType) else None


def rounded(ndigits):
    """Return an implementation of ``round`` for Jets and Vars, which returns a plain number."""
    if is_none(ndigits):
        return lambda number, ndigits=None: round(settled(0.0, number))
    return lambda number, ndigits=None: round(settled(0.0, number), ndigits)


@overload(round)
def _round(number, ndigits=None):
    return rounded(ndigits) if isinstance(number, JetType) else None


@overload(divmod)
def _divmod(a, b):
    if item_of(a, b) is None or isinstance(a, types.Array) or isinstance(b, types.Array):
        return None
    return lambda a, b: (a // b, a % b)


def _register_to_int(name):
    """Register a function such as math.floor: it returns an int, which has no derivative."""
    function = getattr(math, name)

    @overload(function)
    def overload_to_int(x):
        return (lambda x: function(x.value)) if isinstance(x, JetType) else None


def _register_predicate(function):
    @overload(function)
    def overload_predicate(a):
        if isinstance(a, types.Array):
            return elementwise(function, (a,), types.boolean)
        return (lambda a: function(a.value)) if isinstance(a, JetType) else None


for _name in ("floor", "ceil", "trunc"):
    _register_to_int(_name)
for _name in ("isnan", "isinf", "isfinite"):
    _register_predicate(getattr(math, _name))
    _register_predicate(getattr(np, _name))


# ---- The choice between two values ----


def _where(condition, x, y):
    parts = (condition, x, y)
    if any(isinstance(t, types.Array) for t in parts):
        return _where_arrays(*parts)
    if not all(isinstance(t, JetType | types.Number | types.Boolean) for t in parts):
        return None
    return lambda condition, x, y: x if condition else y


def _where_arrays(condition, x, y):
    item = item_of(x, y)
    if item is None:
        return lambda condition, x, y: np.where(condition, x, y)

    def choose(condition, x, y):
        shape = broadcast_shape((condition, x, y))
        out = empty_array(item, shape)
        for index in np.ndindex(shape):
            if item_at(condition, index):
                out[index] = item_at(x, index)
            else:
                out[index] = item_at(y, index)
        return out

    return choose


overload(functions.where)(_where)


@overload(np.where)
def _overload_np_where(condition, x, y):
    return None if item_of(x, y) is None else _where(condition, x, y)


# ---- min and max of three or more; the choice between two values ----


def _register_many(function):
    @overload(function)
    def overload_three(a, b, c):
        if operand_pattern([types.unliteral(t) for t in (a, b, c)]) is None:
            return None
        return lambda a, b, c: function(function(a, b), c)

    @overload(function)
    def overload_four(a, b, c, d):
        if operand_pattern([types.unliteral(t) for t in (a, b, c, d)]) is None:
            return None
        return lambda a, b, c, d: function(function(a, b), function(c, d))


_register_many(min)
_register_many(max)
