"""Recording for replay: every operation on a `Trace` Var writes its code and operands.

Where a `fastad.Tape` keeps derivatives at one point, a `fastad.ReplayTape` keeps the
operations themselves, numbered as in the rule table, so that they can be run again at another
point.  It also keeps the outcome of every comparison, and so notices when the function would take
another branch there.
"""

import functools
import operator

from numba.core import errors, types
from numba.extending import intrinsic, overload, register_jitable, register_model

from ..numbers.jet import divide, floor_divide, remainder
from ..rules import codegen
from ..rules.table import BY_NAME, COMPARISONS, RULES
from ..rules.terms import compiled
from .push import stale
from .types import (
    ALIVE,
    CAPACITY,
    FIRST_ID,
    LENGTH,
    OPERANDS,
    PARTIAL_DOTS,
    PARTIALS,
    SELF,
    VarType,
    _accessors,
    _maker,
    _VarModel,
    below,
    borrow,
    is_constant,
    load,
    store,
    store_float,
    store_operand,
)

# The control block has a `Tape`'s words: here those of the partials are for values and codes.
VALUES, CODES = PARTIALS, PARTIAL_DOTS
load_code, store_code = _accessors(types.uint8)

CONSTANT = 0
RULE_CODES = {rule.name: 1 + k for k, rule in enumerate(RULES)}
GUARDS = 100  # GUARDS + 2 k + outcome: the k-th comparison
CONVERSIONS = ("int", "floor", "ceil", "trunc")
CONVERTED = 120  # CONVERTED + k: the k-th conversion; its value is the result


class TraceType(VarType):
    """Numba's type of a Var on a `ReplayTape`."""

    replayed = True

    def __init__(self):
        super().__init__(types.float64)
        self.name = "TraceVar"

    def unify(self, typingctx, other):
        """Return the common type with numbers."""
        return self if is_constant(other) or other == self else None

    def can_convert_from(self, typingctx, other):
        """Let numbers become constants."""
        return super().can_convert_from(typingctx, other) if is_constant(other) else None


TRACE = TraceType()
register_model(TraceType)(_VarModel)


@intrinsic
def make_trace(typingctx, value, id_, tape):
    """Return a Trace made of its parts."""
    fields = [("value", types.float64), ("id", types.int64), ("tape", types.intp)]
    return TRACE(value, id_, tape), _maker(TRACE, fields)


borrow_replay = borrow(1)


def write(c, code, i, j, value):
    """Write an operation to the tape of control block c; return its index."""
    n = load(c, LENGTH)
    if n >= load(c, CAPACITY):
        if load(c, ALIVE) == 0:
            raise RuntimeError(
                "this Var's ReplayTape is gone: keep the tape in use until after the last "
                "operation on its Vars"
            )
        borrow_replay(load(c, SELF)).grow()
    operands = load(c, OPERANDS)
    store_code(load(c, CODES), n, code)
    store_operand(operands, 2 * n, i)
    store_operand(operands, 2 * n + 1, j)
    store_float(load(c, VALUES), n, value)
    store(c, LENGTH, n + 1)
    return n


def number_of(c, x):
    """Return the index of an operand; a constant is written to the tape first."""
    raise NotImplementedError


@overload(number_of)
def _overload_number_of(c, x):
    if not isinstance(x, TraceType):
        return lambda c, x: write(c, CONSTANT, 0, 0, 1.0 * x)

    def number(c, x):
        if x.id == 0:
            return write(c, CONSTANT, 0, 0, x.value)
        i = x.id - load(c, FIRST_ID)
        if not below(i, load(c, LENGTH)):
            stale()
        return i

    return number


write, stale = register_jitable(write), register_jitable(stale)


def value_in(x):
    """Return the value of a Trace or a number (compiled code)."""
    raise NotImplementedError


@overload(value_in)
def _overload_value_in(x):
    return (lambda x: x.value) if isinstance(x, TraceType) else (lambda x: x)


def tape_in(x):
    """Return the control block of a Trace, 0 of a number (compiled code)."""
    raise NotImplementedError


@overload(tape_in)
def _overload_tape_in(x):
    return (lambda x: x.tape) if isinstance(x, TraceType) else (lambda x: 0)


def is_traced(numba_types):
    """Tell whether a Trace is among some types."""
    return any(isinstance(t, TraceType) for t in numba_types)


def operation_source(name, arity, primal, code):
    """Return the source of the function that computes and records an operation.

    Examples
    --------
    >>> print(operation_source("sin", 1, "sin_(x)", 42))
    def sin(a):
        x = value_in(a)
        r = sin_(x)
        c = tape_in(a)
        if c == 0:
            return make_trace(r, 0, 0)
        i = number_of(c, a)
        n = write(c, 42, i, 0, r)
        return make_trace(r, load(c, FIRST_ID) + n, c)
    """
    names = "ab"[:arity]
    lines = [f"def {name}({', '.join(names)}):"]
    lines += [f"{x} = value_in({a})" for x, a in zip("xy", names, strict=False)]
    lines += [f"r = {primal}", "c = tape_in(a)"]
    if arity == 2:
        lines.append("c = c if c != 0 else tape_in(b)")
    lines += ["if c == 0:", "    return make_trace(r, 0, 0)"]
    lines += [f"{i} = number_of(c, {a})" for i, a in zip("ij", names, strict=False)]
    lines.append(f"n = write(c, {code}, i, {'j' if arity == 2 else 0}, r)")
    lines.append("return make_trace(r, load(c, FIRST_ID) + n, c)")
    return "\n    ".join(lines) + "\n"


@functools.cache
def _scope():
    own = {"make_trace": make_trace, "write": write, "number_of": number_of, "load": load}
    own |= {"value_in": value_in, "tape_in": tape_in, "FIRST_ID": FIRST_ID}
    own |= {"divide": divide, "floor_divide": floor_divide, "remainder": remainder}
    return codegen.number_namespace() | own


@functools.cache
def trace_operation(rule):
    """Return the function, for Numba to compile, that records a rule."""
    source = operation_source(rule.name, rule.arity, compiled(rule.primal), RULE_CODES[rule.name])
    return codegen.compile_source(source, rule.name, _scope())


def trace_dispatch(rule, arguments):
    """Return what to compile for a rule on Traces and numbers."""
    if rule.name == "pow" and getattr(arguments[1], "literal_value", None) == 2:
        square = register_jitable(trace_operation(BY_NAME["square"]))
        return lambda a, b: square(a)
    return trace_operation(rule)


def trace_comparison(name):
    """Return the function, for Numba to compile, that compares and records the outcome."""
    function, code = getattr(operator, name), GUARDS + 2 * COMPARISONS.index(name)

    def compare(a, b):
        outcome = function(value_in(a), value_in(b))
        c = tape_in(a)
        c = c if c != 0 else tape_in(b)
        if c != 0:
            i = number_of(c, a)
            j = number_of(c, b)
            write(c, code + (1 if outcome else 0), i, j, 0.0)
        return outcome

    return compare


def trace_conversion(function, name):
    """Return the function that converts to an integer and records the result."""
    code = CONVERTED + CONVERSIONS.index(name)

    def convert(x):
        r = function(x.value)
        if x.tape != 0:
            write(x.tape, code, number_of(x.tape, x), 0, 1.0 * r)
        return r

    return convert


def refuse(name):
    """Raise for a function whose outcome a replay could not check."""
    raise errors.NumbaTypeError(
        f"fastad: {name}() of a variable of a ReplayTape is not recorded; use a Tape, or compare"
    )
