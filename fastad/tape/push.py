"""Writing an expression to the tape: the push, and the casts that make one necessary."""

import functools

import numba
from numba.core import cgutils, errors, types
from numba.core.compiler import Flags
from numba.core.imputils import lower_cast
from numba.extending import overload, register_jitable

from ..jit.disk import keep_on_disk
from ..numbers.jet import JetType
from ..rules import codegen
from ..rules.codegen import indented
from . import types as tape_types
from .recording import grow
from .types import ExprType, VarType, is_constant, make_var

# ---- Writing a statement ----


def push(x):
    """Return an expression, a number or a Var as a Var (compiled code)."""
    raise NotImplementedError


def stale():
    """Raise RuntimeError: an operand was recorded before a reset, or on another tape."""
    raise RuntimeError("a Var from before the tape's reset, or of another tape, was used")


def _statements(terms, tangents, flag=None):
    """Return the lines that write terms, two a statement, each continuing the one before."""
    # Addresses are relative to the first of these statements, so that the offsets are constants.
    lines = ["operands, partials = load(c, OPERANDS) + 8 * n, load(c, PARTIALS) + 16 * n"]
    lines += ["dots = load(c, PARTIAL_DOTS) + 16 * n"] * tangents
    for s in range(0, len(terms), 2):
        pair = (terms[s : s + 2] + [("0", None)])[:2]
        mark = flag if s == 0 else "CONTINUES"
        for at, (operand, partial) in enumerate(pair, s):
            marked = f"{operand} | {mark}" if at == s and mark else operand
            lines.append(f"store_operand(operands, {at}, {marked})")
            constant = partial in (None, "1.0")
            value = "0.0" if partial is None else partial
            value = f"{value}.value" if tangents and not constant else value
            lines.append(f"store_float(partials, {at}, {value})")
            if tangents:
                dot = "0.0" if constant else f"{partial}.partials[0]"
                lines.append(f"store_float(dots, {at}, {dot})")
    count = (len(terms) + 1) // 2
    lines.append(f"store(c, LENGTH, n + {count})")
    lines.append(f"return make_var(x.value, first + n + {count - 1}, c)")
    return lines


def _body(n, unit, tangents):
    """Return the lines that write an expression of operands ``i0, ...``, terms and unit.

    The terms are known to be on the tape. The unit operand needs no term if it is the last
    statement: then the new one continues it. Else the code tests that the unit is on the tape.
    """
    lines = [f"p{k} = x.partials[{k}]" for k in range(n)]
    terms = [(f"i{k}", f"p{k}") for k in range(n)]
    if not unit:
        return lines + _statements(terms, tangents)
    unit_known = f"if likely(below(i{n}, n)):"
    if n % 2:
        lines.append(f"follows = i{n} == n - 1")
        lines.append("mark = CONTINUES if follows else 0")
        lines.append(f"i{n} = 0 if follows else i{n}")
        return [
            unit_known,
            *indented(lines + _statements([*terms, (f"i{n}", "1.0")], tangents, "mark")),
        ]
    lines.append(f"if i{n} == n - 1:")
    lines += indented(_statements(terms, tangents, "CONTINUES"))
    anew = []
    if n == 2 and not tangents:
        anew.append("if i0 == i1:")  # a square
        anew += indented(["p0 = p0 + p1", *_statements([("i0", "p0"), ("i2", "1.0")], False)])
    anew += _statements([*terms, (f"i{n}", "1.0")], tangents)
    return [*lines, unit_known, *indented(anew)]


@functools.cache
def push_source(n, unit, tangents, careful, name="push"):
    """Return the source of the function that writes an expression of n terms, and a unit.

    The quick one, which is inlined, writes expressions for which there is room and whose operands
    are all on the tape.  All others it passes to the careful one, which makes room, raises, and
    writes constants as operand 0, whose adjoint nobody reads.
    """
    operands = [f"x.ids[{k}]" for k in range(n)] + ["x.unit"] * unit
    room = "n < load(c, CAPACITY)"
    lines = ["c = x.tape"]
    start = "n, first = load(c, LENGTH), load(c, FIRST_ID)"
    if careful:
        lines += [
            "c = either(c, x.other)",
            "if c == 0:",
            "    return make_var(x.value, 0, 0)",
            start,
        ]
        lines += [f"if not ({room}):", "    grow(c)"]
        lines += [f"i{k} = {name} - first if {name} != 0 else 0" for k, name in enumerate(operands)]
        lines += [f"if {' & '.join(f'below(i{k}, n)' for k in range(n))}:"]
        lines += [*indented(_body(n, unit, tangents)), "stale()", "return make_var(x.value, 0, 0)"]
    else:
        quick = _body(n, unit, tangents)
        for condition in [*(f"below(i{k}, n)" for k in reversed(range(n))), room]:
            quick = [f"if likely({condition}):", *indented(quick)]
        quick = [start, *(f"i{k} = {name} - first" for k, name in enumerate(operands)), *quick]
        lines += ["if likely(c != 0):", *indented(quick), "return carefully(x)"]
    return "\n".join([f"def {name}(x):", *indented(lines)]) + "\n"


@functools.cache
def push_scope():
    """Return the globals of generated recording code."""
    names = (
        *("make_var", "make_expression", "load", "store", "below", "likely", "either"),
        *("store_operand", "store_float", "LENGTH", "CAPACITY", "FIRST_ID", "OPERANDS"),
        *("PARTIALS", "PARTIAL_DOTS", "CONTINUES"),
    )
    own = {name: getattr(tape_types, name) for name in names}
    return own | {"push": push, "grow": grow, "stale": register_jitable(stale)}


@functools.cache
def push_function(t):
    """Return the function, for Numba to compile, that writes expressions of a type."""
    kind = t.n, t.unit, isinstance(t.base, JetType)
    name = f"push_{t.n}{'_unit' * t.unit}{'_tangents' * kind[2]}"
    source = push_source(*kind, careful=True, name=name)
    carefully = codegen.compile_source(source, name, push_scope() | {"__name__": __name__})
    scope = push_scope() | {"carefully": keep_on_disk(numba.njit(carefully))}
    return codegen.compile_source(push_source(*kind, careful=False), "push", scope)


@overload(push, jit_options={"forceinline": True})
def _overload_push(x):
    if isinstance(x, ExprType):
        return push_function(x)
    if isinstance(x, VarType):
        return lambda x: x
    if is_constant(x) or isinstance(x, JetType):
        return lambda x: make_var(x, 0, 0)
    raise errors.NumbaTypeError(f"fastad: {x} cannot become a Var")


@lower_cast(types.Number, VarType)
@lower_cast(types.Boolean, VarType)
@lower_cast(JetType, VarType)
def _constant_var(context, builder, fromty, toty, value):
    var = cgutils.create_struct_proxy(toty)(context, builder)
    var.value = context.cast(builder, value, fromty, toty.base)
    var.id = cgutils.get_null_value(var.id.type)
    var.tape = cgutils.get_null_value(var.tape.type)
    return var._getvalue()


@lower_cast(ExprType, VarType)
def _write_statement(context, builder, fromty, toty, value):
    # Like compile_internal, but inlined: a call would pass the parts through memory.
    flags = Flags()
    flags.nrt = flags.forceinline = True
    signature = toty(fromty)
    compiled = context.compile_subroutine(builder, push_function(fromty), signature, flags=flags)
    return context.call_internal(builder, compiled.fndesc, signature, [value])
