"""Give every operation of the rule table its meaning on Vars.

Registration only: nothing is compiled until a program uses it.
"""

import functools
import math
import operator

import numpy as np
from numba.core import errors, types
from numba.extending import overload

from ..numbers.jet import (
    JetType,
    _fdiv,
    divide,
    floor_divide,
    jet_function,
    operand_pattern,
    remainder,
    rule_for,
    settled,
    term_namespace,
)
from ..numbers.overloads import INPLACE, resolve, rounded
from ..rules import codegen, functions, primals
from ..rules.table import BY_NAME, COMPARISONS, RULES
from ..rules.terms import compiled, terms
from .push import push, push_scope
from .trace import (
    CONVERSIONS,
    is_traced,
    make_trace,
    refuse,
    trace_comparison,
    trace_conversion,
    trace_dispatch,
    value_in,
)
from .types import MAX_TERMS, ExprType, VarType, is_constant, is_recorded, make_var

VAR = (0, True)


def ieee_divide(a, b):
    """Return ``a / b`` by IEEE 754 on floats and Jets (compiled code)."""
    raise NotImplementedError


@overload(ieee_divide)
def _overload_ieee_divide(a, b):
    if not isinstance(a, JetType) and not isinstance(b, JetType):
        return lambda a, b: _fdiv(a, b)
    pattern, n = operand_pattern((a, b))
    rule = BY_NAME["truediv"]._replace(name="ieee_divide", primal="divide(x, y)")
    return jet_function(rule, pattern, n, None)


def plan(rule, arguments):
    """Return how many terms each argument contributes, if those that are too wide become Vars.

    Parameters
    ----------
    rule : Rule
    arguments : sequence of (int, bool) or None
        For each argument: None for a number, (0, True) for a Var, (n, unit) for an expression of n
        terms, with or without a unit operand (one whose partial derivative is 1).

    Returns
    -------
    list of (int, bool) or None
        The same, with (0, True) for an expression that is to be written to the tape first.
    """
    kinds, moving = list(arguments), terms(rule)

    def width():
        return sum(sum(kinds[t.argument] or ()) for t in moving)

    # A function of two sums would have the terms of both; of two Vars it has two terms.
    if all(kind is not None and kind[0] > 1 for kind in kinds) and rule.arity == 2:
        signs = {t.argument: t.sign for t in moving}
        kinds = [kind if signs.get(k) else VAR for k, kind in enumerate(kinds)]
    while width() > MAX_TERMS:
        widths = [0 if kind is None else sum(kind) for kind in kinds]
        kinds[widths.index(max(widths))] = VAR
    return kinds


def expression_source(rule, arguments, literal=None):
    """Return the source of one operation on Vars, expressions and numbers.

    Parameters
    ----------
    rule : Rule
    arguments : tuple of (int, bool) or None
        See `plan`.
    literal : int, optional
        The second argument, if it is an integer known at compile time (``x ** 2``).

    Examples
    --------
    >>> from fastad.rules import BY_NAME
    >>> print(expression_source(BY_NAME["sin"], (VAR,)))
    def sin(a):
        x = a.value
        r = sin_(x)
        dx = cos_(x)
        return make_expression(r, (a.id,), (dx,), None, a.tape, 0)
    >>> print(expression_source(BY_NAME["add"], (VAR, None)))
    def add(a, b):
        x = a.value
        y = b
        r = x + y
        return make_var(r, a.id, a.tape)
    """
    kinds = plan(rule, arguments)
    names = "ab"[: rule.arity]
    replacements = {} if literal is None else {"y": repr(literal)}
    lines = [f"def {rule.name}({', '.join(names)}):"]
    for name, before, kind, x in zip(names, arguments, kinds, "xy", strict=False):
        if before != kind:
            lines.append(f"{name} = push({name})")
        if kind is not None:
            lines.append(f"{x} = {name}.value")
        elif literal is None:
            lines.append(f"{x} = {name}")
    lines.append(f"r = {compiled(rule.primal, replacements)}")
    operands, units, tapes = [], [], []
    for term in terms(rule):
        name, kind, x = names[term.argument], kinds[term.argument], "xy"[term.argument]
        if kind is None:
            continue
        own = [f"{name}.tape"] if kind == VAR else [f"{name}.tape", f"{name}.other"]
        factor = term.partial if term.sign else f"d{x}"
        if not term.sign:
            lines.append(f"d{x} = {term.factor(replacements)}")
        n, unit = kind
        for k in range(n):
            inner = f"{name}.partials[{k}]"
            # Both factors are partials; the cotangent comes later. A zero of either is strong.
            inner = term.times(inner, factor) if term.sign else f"select({inner}, {factor})"
            operands.append((f"{name}.ids[{k}]", inner))
        if unit:
            operand = f"{name}.id" if kind == VAR else f"{name}.unit"
            if term.sign > 0 and not units:
                units.append(operand)
                tapes = own + tapes  # first the one that is in a register, not in memory
                continue
            operands.append((operand, factor))
        tapes += own
    if not operands and not units:
        lines.append("return r")
    elif not operands:
        lines.append(f"return make_var(r, {units[0]}, {tapes[0]})")
    else:
        ids, partials = (
            ", ".join(column) + "," * (len(operands) == 1) for column in zip(*operands, strict=True)
        )
        unit = units[0] if units else None
        other = "0"
        for tape in reversed(tapes[1:]):
            other = tape if other == "0" else f"either({tape}, {other})"
        lines.append(
            f"return make_expression(r, ({ids}), ({partials}), {unit}, {tapes[0]}, {other})"
        )
    return "\n    ".join(lines) + "\n"


@functools.cache
def _scope():
    tools = {"divide": ieee_divide, "floor_divide": floor_divide, "remainder": remainder}
    return term_namespace() | push_scope() | tools


def _kind(t):
    if isinstance(t, ExprType):
        return t.n, t.unit
    return VAR if isinstance(t, VarType) else None


@functools.cache
def operation(rule, kinds, literal):
    """Return the function, for Numba to compile, of one rule on Vars."""
    return codegen.compile_source(expression_source(rule, kinds, literal), rule.name, _scope())


def scalars(arguments):
    """Return the arguments' types without literals, or None if none of them is recorded."""
    plain = [types.unliteral(t) for t in arguments]
    if not any(map(is_recorded, plain)):
        return None
    bases = {t.base for t in plain if is_recorded(t)}
    if len(bases) > 1:
        raise errors.NumbaTypeError(f"fastad: an operation on Vars of different kinds, {bases}")
    base = bases.pop()
    if all(is_recorded(t) or is_constant(t) or t == base for t in plain):
        return plain
    return None


def _dispatch(rule, function, arguments):
    plain = scalars(arguments)
    if plain is None:
        return None
    if is_traced(plain):
        return trace_dispatch(rule, arguments)
    literal = None
    if rule.name == "pow" and not is_recorded(plain[1]):
        literal = getattr(arguments[1], "literal_value", None)
    if None in rule.partials and is_recorded(plain[0]):
        raise errors.NumbaTypeError(
            f"fastad: {rule.name}'s first argument is its integer order, got {arguments[0]}"
        )
    return operation(rule, tuple(map(_kind, plain)), literal)


_INLINE = {"forceinline": True}


@overload(divide, jit_options=_INLINE)
def _overload_divide(a, b):
    rule = BY_NAME["truediv"]
    if scalars((a, b)) is not None and not is_traced((a, b)):
        rule = rule._replace(name="ieee_divide", primal="divide(x, y)")
    return _dispatch(rule, divide, (a, b))


def _register(rule, function):
    rule = rule_for(rule, function)
    if rule.arity == 1:

        @overload(function, jit_options=_INLINE)
        def overload_unary(a):
            return _dispatch(rule, function, (a,))

    else:

        @overload(function, prefer_literal=rule.name == "pow", jit_options=_INLINE)
        def overload_binary(a, b):
            return _dispatch(rule, function, (a, b))


def _register_comparison(name):
    function = getattr(operator, name)

    @overload(function, jit_options=_INLINE)
    def overload_comparison(a, b):
        plain = scalars((a, b))
        if plain is None:
            return None
        if is_traced(plain):
            return trace_comparison(name)
        if is_recorded(plain[0]) and is_recorded(plain[1]):
            return lambda a, b: function(a.value, b.value)
        if is_recorded(plain[0]):
            return lambda a, b: function(a.value, b)
        return lambda a, b: function(a, b.value)


for _rule in RULES:
    for _path in _rule.overloads:
        _register(_rule, resolve(_path))
    for _namespace in (functions.FUNCTIONS, primals.OWN):
        if _rule.name in _namespace:
            _register(_rule, _namespace[_rule.name])
for _name in COMPARISONS:
    _register_comparison(_name)


def _register_inplace(rule):
    function = getattr(operator, rule.name)

    # For the target "cpu", to be tried before Numba's own rule for ``array op= ...``.
    @overload(getattr(operator, f"i{rule.name}"), prefer_literal=rule.name == "pow", target="cpu")
    def overload_inplace(a, b):
        return _dispatch(rule, function, (a, b))


for _name in INPLACE:
    _register_inplace(BY_NAME[_name])


# ---- Conversions and predicates look at the value; float() of a Var is that Var ----


def _register_by_value(function):
    @overload(function)
    def overload_by_value(x):
        if is_traced((x,)):
            return _traced_by_value(function)
        return (lambda x: function(x.value)) if is_recorded(x) else None


def _traced_by_value(function):
    if function is bool:
        return lambda x: x != 0.0
    name = function.__name__
    return trace_conversion(function, name) if name in CONVERSIONS else refuse(name)


for _name in ("floor", "ceil", "trunc", "isnan", "isinf", "isfinite"):
    _register_by_value(getattr(math, _name))
for _function in (int, bool, np.isnan, np.isinf, np.isfinite):
    _register_by_value(_function)


@overload(float)
def _float(x):
    return (lambda x: x) if is_recorded(x) else None


@overload(round)
def _round(number, ndigits=None):
    if not is_recorded(number):
        return None
    return refuse("round") if is_traced((number,)) else rounded(ndigits)


@overload(settled)
def _settled(x, value):
    """On a `ReplayTape` a Var keeps its own value, as a replay could not take another one."""
    if isinstance(x, ExprType):
        return lambda x, value: settled(push(x), value)
    if not isinstance(x, VarType):
        return None
    if is_traced((x,)):
        return lambda x, value: x if x.id != 0 else make_trace(value_in(value), 0, 0)
    if is_recorded(value):
        return lambda x, value: make_var(settled(x.value, value.value), x.id, x.tape)
    return lambda x, value: make_var(settled(x.value, value), x.id, x.tape)


def _where(condition, x, y):
    if any(isinstance(t, types.Array) for t in (condition, x, y)) or scalars((x, y)) is None:
        return None
    if is_traced((x, y)):
        return lambda condition, x, y: x if condition else y
    return lambda condition, x, y: push(x) if condition else push(y)


overload(functions.where)(_where)
overload(np.where)(_where)


def _register_many(function):
    @overload(function)
    def overload_three(a, b, c):
        return (lambda a, b, c: function(function(a, b), c)) if scalars((a, b, c)) else None

    @overload(function)
    def overload_four(a, b, c, d):
        if scalars((a, b, c, d)) is None:
            return None
        return lambda a, b, c, d: function(function(a, b), function(c, d))


_register_many(min)
_register_many(max)
