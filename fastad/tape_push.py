"""Writing an expression to the tape: the push, and the casts that call for it."""

import functools

from numba.core import cgutils, errors, types
from numba.core.imputils import lower_cast
from numba.extending import overload, register_jitable

from . import _codegen, tape_types
from .jet import JetType
from .tape_types import ALIVE, SELF, ExprType, VarType, borrow_tape, is_constant, load, make_var


def _grow(control):
    if load(control, ALIVE) == 0:
        raise RuntimeError(
            "this Var's Tape is gone: keep the Tape in use (tape.gradient(y) does) until after "
            "the last operation on its Vars"
        )
    borrow_tape(load(control, SELF)).grow()


# ---- Writing a statement ----


def push(x):
    """Return an expression, a number or a Var as a Var (compiled code)."""
    raise NotImplementedError


def stale():
    """Raise: an operand does not belong to what the tape now holds."""
    raise RuntimeError("a Var from before the tape's reset, or of another tape, was used")


@functools.cache
def push_source(n, unit, tangents):
    """Return the source of writing an expression of n terms, and a unit, as statements.

    A constant is written as operand 0, whose adjoint nobody reads: no branch.
    """
    lines = [
        "def push(x):",
        "    c = x.tape",
        "    if c == 0:",
        "        return make_var(x.value, 0, 0)",
        "    n, first = load(c, LENGTH), load(c, FIRST_ID)",
        f"    if n + {(n + 2) // 2} > load(c, CAPACITY):",
        "        grow(c)",
        "    operands, partials = load(c, OPERANDS), load(c, PARTIALS)",
    ]
    if tangents:
        lines.append("    dots = load(c, PARTIAL_DOTS)")
    names = [f"x.ids[{k}]" for k in range(n)] + ["x.unit"] * unit
    for k, name in enumerate(names):
        lines.append(f"    i{k} = {name} - first if {name} != 0 else 0")
    valid = " & ".join(f"below(i{k}, n)" for k in range(len(names)))
    lines += [f"    if not ({valid}):", "        stale()"]
    lines += [f"    p{k} = x.partials[{k}]" for k in range(n)]
    terms = [(f"i{k}", f"p{k}") for k in range(n)]

    def statements(terms, indent, flag=None):
        """Return the lines that write terms, two a statement, each continuing the last."""
        written = []
        for s in range(0, len(terms), 2):
            pair = (terms[s : s + 2] + [("0", None)])[:2]
            mark = flag if s == 0 else "CONTINUES"
            for side, (operand, partial) in enumerate(pair):
                at = f"2 * (n + {s // 2}) + {side}"
                marked = f"{operand} | {mark}" if side == 0 and mark else operand
                written.append(f"store_operand(operands, {at}, {marked})")
                value = "0.0" if partial is None else partial
                if partial in (None, "1.0") or not tangents:
                    written.append(f"store_float(partials, {at}, {value})")
                else:
                    written.append(f"store_float(partials, {at}, {value}.value)")
                if tangents:
                    dot = "0.0" if partial in (None, "1.0") else f"{partial}.partials[0]"
                    written.append(f"store_float(dots, {at}, {dot})")
        count = (len(terms) + 1) // 2
        written += [
            f"store(c, LENGTH, n + {count})",
            f"return make_var(x.value, first + n + {count - 1}, c)",
        ]
        return [" " * indent + line for line in written]

    if not unit:
        lines += statements(terms, 4)
    elif n % 2:
        lines += [
            f"    follows = i{n} == n - 1",
            "    mark = CONTINUES if follows else 0",
            f"    i{n} = 0 if follows else i{n}",
        ]
        lines += statements([*terms, (f"i{n}", "1.0")], 4, "mark")
    else:
        lines.append(f"    if i{n} == n - 1:")
        lines += statements(terms, 8, "CONTINUES")
        if n == 2 and not tangents:
            lines.append("    if i0 == i1:")
            lines.append("        p0 = p0 + p1")
            lines += statements([("i0", "p0"), (f"i{n}", "1.0")], 8)
        lines += statements([*terms, (f"i{n}", "1.0")], 4)
    return "\n".join(lines) + "\n"


@functools.cache
def push_scope():
    """Return what generated recording code refers to."""
    names = (
        *("make_var", "make_expression", "load", "store", "below", "store_operand"),
        *("store_float", "LENGTH", "CAPACITY", "FIRST_ID", "OPERANDS"),
        *("PARTIALS", "PARTIAL_DOTS", "CONTINUES"),
    )
    own = {name: getattr(tape_types, name) for name in names}
    return own | {"push": push, "grow": register_jitable(_grow), "stale": register_jitable(stale)}


@functools.cache
def push_function(t):
    """Return the function, for Numba to compile, that writes expressions of a type."""
    source = push_source(t.n, t.unit, isinstance(t.base, JetType))
    return _codegen.compile_source(source, "push", push_scope())


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
    function = push_function(fromty)
    return context.compile_internal(builder, function, toty(fromty), [value])
