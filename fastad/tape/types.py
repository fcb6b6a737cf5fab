"""Numba's types of numbers on a tape: the `Var`, the sparse expression; and the control block.

A **Var** is a value, an id and the address of its tape's control block, held by value and
without a reference count.  An operation on Vars does not write to the tape: it returns an
*expression*, the value with the partial derivatives by the Vars, at most `MAX_TERMS`, of which it
was computed.  The expression is written to the tape when it must become a Var: when it is assigned
to a variable that has another type elsewhere (``s = s + a * b`` in a loop), is written into an
array, or grows too wide.  Expressions are plain values, so using one twice is correct; it only
repeats its terms.

Safety of the bare address
--------------------------
The control block is a few words that outlive the tape and are never reused, so that a Var may
always read it.  When the tape dies, its destructor sets the capacity to zero: the next push
notices and raises.  Ids grow over resets and start far apart for different tapes, so a Var from
before a `reset`, or of another tape, is refused, too: its index is out of range.
"""

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typeconv import Conversion
from numba.extending import (
    intrinsic,
    make_attribute_wrapper,
    models,
    register_model,
)

from ..numbers.jet import ActiveType, JetType

MAX_TERMS = 4

# The words of a control block.
LENGTH, CAPACITY, FIRST_ID, OPERANDS, PARTIALS, PARTIAL_DOTS, ALIVE, SELF = range(8)
WORDS = 8
CONTINUES = -(2**31)  # flag in the first operand: the statement is added to the one before


class VarType(ActiveType):
    """Numba's type of a Var: its value is a float, or a Jet if a direction is carried along."""

    holds_address = True  # its tape's: code for it is not kept on disk

    def __init__(self, base):
        self.base = base
        super().__init__(f"Var({base})")

    def unify(self, typingctx, other):
        """Return the common type of two variables' types: ``s = 0.0; s += var``."""
        return self if fits(other, self.base) else None

    def can_convert_from(self, typingctx, other):
        """Let numbers become constants and expressions statements."""
        return Conversion.safe if fits(other, self.base) else None


class ExprType(ActiveType):
    """Numba's type of an expression of n terms, not yet written to the tape."""

    holds_address = True

    def __init__(self, base, n, unit):
        self.base = base
        self.n = n
        self.unit = unit
        super().__init__(f"VarExpression({base}, {n}, {unit})")

    @property
    def width(self):
        """Number of operands, the unit one included."""
        return self.n + self.unit

    @property
    def item(self):
        """The type as an array's item: Var, as the expression is written to the tape first."""
        return VarType(self.base)

    def unify(self, typingctx, other):
        """Return Var: where two assignments meet, the expression is written to the tape."""
        return VarType(self.base) if fits(other, self.base) else None


def is_recorded(t):
    """Tell whether a type is a Var or an expression of Vars."""
    return isinstance(t, VarType | ExprType)


def taped(t):
    """Tell whether values of a Numba type are, or hold, Vars."""
    if isinstance(t, types.BaseTuple):
        return any(map(taped, t))
    return is_recorded(t.dtype if isinstance(t, types.Array) else t)


def is_constant(t):
    """Tell whether a type is that of a plain number."""
    return isinstance(t, types.Number | types.Boolean)


def fits(t, base):
    """Tell whether values of a type can become Vars with values of the type ``base``."""
    return t.base == base if is_recorded(t) else is_constant(t) or t == base


@register_model(VarType)
class _VarModel(models.StructModel):
    def __init__(self, dmm, fe_type):
        members = [("value", fe_type.base), ("id", types.int64), ("tape", types.intp)]
        super().__init__(dmm, fe_type, members)


@register_model(ExprType)
class _ExprModel(models.StructModel):
    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type, _expression_fields(fe_type.base, fe_type.n))


def _expression_fields(base, n):
    return [
        ("value", base),
        ("ids", types.UniTuple(types.int64, n)),
        ("partials", types.UniTuple(base, n)),
        ("unit", types.int64),
        ("tape", types.intp),
        ("other", types.intp),
    ]


for _type, _members in (
    (VarType, "value id tape"),
    (ExprType, "value ids partials unit tape other"),
):
    for _member in _members.split():
        make_attribute_wrapper(_type, _member, _member)


def _maker(result, fields):
    """Return the code generation of a struct that is made of its fields."""

    def codegen(context, builder, signature, args):
        made = cgutils.create_struct_proxy(result)(context, builder)
        for (name, field), value, got in zip(fields, args, signature.args, strict=True):
            setattr(made, name, context.cast(builder, value, got, field))
        return made._getvalue()

    return codegen


def base_of(t):
    """Return the type of a Var's value that a value of type t would have."""
    return t if isinstance(t, JetType) else types.float64


@intrinsic
def make_var(typingctx, value, id_, tape):
    """Return a Var made of its parts."""
    result = VarType(base_of(value))
    fields = [("value", result.base), ("id", types.int64), ("tape", types.intp)]
    return result(value, id_, tape), _maker(result, fields)


@intrinsic
def make_expression(typingctx, value, ids, partials, unit, tape, other):
    """Return an expression made of its parts; the unit is None if there is none.

    The address of its tape is `tape`, or `other` if `tape` is 0, that of a constant.
    """
    n = len(ids)
    base = next((t for t in (value, *partials) if isinstance(t, JetType)), types.float64)
    has_unit = unit != types.none
    result = ExprType(base, n, has_unit)
    fields = _expression_fields(base, n)
    make = _maker(result, fields)

    def codegen(context, builder, signature, args):
        if not has_unit:
            args = (*args[:3], context.get_constant(types.int64, 0), *args[4:])
            kinds = signature.args
            signature = signature.replace(args=(*kinds[:3], types.int64, *kinds[4:]))
        return make(context, builder, signature, args)

    return result(value, ids, partials, unit, tape, other), codegen


# ---- Words at an address ----


def _pointer(builder, address, index, llvm_type):
    return builder.gep(builder.inttoptr(address, llvm_type.as_pointer()), [index])


_STORED = {"i8": types.uint8, "i32": types.int32, "i64": types.int64, "f64": types.float64}


def _accessors(stored):
    @intrinsic
    def load(typingctx, address, index):
        def codegen(context, builder, signature, args):
            index = context.cast(builder, args[1], signature.args[1], types.intp)
            llvm_type = context.get_value_type(stored)
            return builder.load(_pointer(builder, args[0], index, llvm_type))

        return stored(types.intp, index), codegen

    @intrinsic
    def store(typingctx, address, index, value):
        def codegen(context, builder, signature, args):
            index = context.cast(builder, args[1], signature.args[1], types.intp)
            item = context.cast(builder, args[2], signature.args[2], stored)
            builder.store(item, _pointer(builder, args[0], index, item.type))
            return context.get_dummy_value()

        return types.void(types.intp, index, value), codegen

    return load, store


load, store = _accessors(types.int64)
load_operand, store_operand = _accessors(types.int32)
load_float, store_float = _accessors(types.float64)


@intrinsic
def below(typingctx, x, bound):
    """Return whether ``0 <= x < bound``, in one comparison."""

    def codegen(context, builder, signature, args):
        return builder.icmp_unsigned("<", args[0], args[1])

    return types.boolean(types.int64, types.int64), codegen


@intrinsic
def likely(typingctx, condition):
    """Return a condition, which the compiler is told is nearly always true."""

    def codegen(context, builder, signature, args):
        bit = args[0].type
        expect = builder.module.declare_intrinsic(
            "llvm.expect", [bit], ir.FunctionType(bit, [bit, bit])
        )
        return builder.call(expect, [args[0], bit(1)])

    return types.boolean(types.boolean), codegen


@intrinsic
def either(typingctx, address, other):
    """Return an address, or if it is 0 the other one, without a branch."""

    def codegen(context, builder, signature, args):
        return builder.select(cgutils.is_null(builder, args[0]), args[1], args[0])

    return types.intp(types.intp, types.intp), codegen


# ---- The control block ----


@intrinsic
def new_control(typingctx):
    """Return the address of a zeroed control block, which outlives its tape."""

    def codegen(context, builder, signature, args):
        size = context.get_constant(types.uintp, 8 * WORDS)
        block = context.nrt.allocate(builder, size)
        cgutils.memset(builder, block, size, 0)
        return builder.ptrtoint(block, context.get_value_type(types.intp))

    return types.intp(), codegen


@intrinsic
def first_id(typingctx, control):
    """Return the first id of a tape, so spread that two tapes share no id (Fibonacci hashing)."""

    def codegen(context, builder, signature, args):
        word = args[0].type
        spread = builder.mul(args[0], word(0x9E3779B97F4A7C15))
        return builder.or_(builder.and_(spread, word(2**62 - 1)), word(2**40))

    return types.int64(types.intp), codegen


LIFE = types.MemInfoPointer(types.voidptr)


@intrinsic
def new_life(typingctx, control):
    """Return a reference-counted token whose destructor marks the control block as dead."""

    def codegen(context, builder, signature, args):
        word = ir.IntType(64)
        token = context.nrt.meminfo_alloc_dtor(
            builder, context.get_constant(types.uintp, 8), _mourner(builder.module)
        )
        data = context.nrt.meminfo_data(builder, token)
        builder.store(args[0], builder.bitcast(data, word.as_pointer()))
        return token

    return LIFE(types.intp), codegen


def _mourner(module):
    """Return the LLVM function that marks a control block as that of a dead tape."""
    word, data = ir.IntType(64), ir.IntType(8).as_pointer()
    signature = ir.FunctionType(ir.VoidType(), [data, word, data])
    function = cgutils.get_or_insert_function(module, signature, "_fastad_tape_died")
    if function.is_declaration:
        function.linkage = "linkonce_odr"
        builder = ir.IRBuilder(function.append_basic_block())
        control = builder.load(builder.bitcast(function.args[0], word.as_pointer()))
        for slot in (CAPACITY, ALIVE):
            builder.store(word(0), _pointer(builder, control, word(slot), word))
        builder.ret_void()
    return function


@intrinsic
def identity(typingctx, instance):
    """Return the address of a jitclass instance's memory, without counting a reference."""

    def codegen(context, builder, signature, args):
        parts = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=args[0])
        return builder.ptrtoint(parts.meminfo, context.get_value_type(types.intp))

    return types.intp(instance), codegen


CLASSES = {}  # number -> class of tape; each class is added where it is defined


def borrow(kind):
    """Return the intrinsic that returns the instance at an address from `identity`."""

    @intrinsic
    def instance_at(typingctx, address):
        instance = CLASSES[kind].class_type.instance_type

        def codegen(context, builder, signature, args):
            parts = cgutils.create_struct_proxy(instance)(context, builder)
            parts.meminfo = builder.inttoptr(args[0], parts.meminfo.type)
            data = context.nrt.meminfo_data(builder, parts.meminfo)
            parts.data = builder.bitcast(data, parts.data.type)
            value = parts._getvalue()
            context.nrt.incref(builder, instance, value)
            return value

        return instance(types.intp), codegen

    return instance_at


borrow_tape = borrow(0)
