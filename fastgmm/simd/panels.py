"""Panels of rows, and arithmetic on a row of a panel at once.

A panel is an array (features, P) of P rows of the data, `PANEL_BYTES` for each feature, that
starts at a multiple of 64 bytes. What here is called a row is a row of that array: one feature
of P rows of the data. In compiled code it is a value, with operators.

The loop vectoriser would do much the same, but checks at each loop whether arrays overlap, and
that costs more than the few operations on a panel's row. The vectors are of 64 bytes; for CPUs
with shorter registers LLVM splits them.
"""

import math
import operator

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.datamodel.registry import register_default
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic

PANEL_BYTES = 192
_VECTOR_BYTES = 64
_FLAGS = ("contract",)
_MASK = ir.IntType(64)


def panel_rows(dtype):
    """Return the number of rows of a panel of `dtype`: an even number of vectors on any CPU."""
    return PANEL_BYTES // np.dtype(dtype).itemsize


@intrinsic
def panel_of(typing_context, array):
    """Return `panel_rows` of the type of `array`, a constant of compiled code."""
    rows = PANEL_BYTES // (array.dtype.bitwidth // 8)

    def codegen(context, builder, signature, args):
        return context.get_constant(types.intp, rows)

    return types.intp(array), codegen


def panels(n, height, dtype):
    """Return n panels of zeros, (n, height, P), of `dtype`; of a shape n, (*n, height, P).

    Compiled code allocates none itself: what Numba compiles for that takes it a second.
    """
    dtype = np.dtype(dtype)
    shape = (*(n if isinstance(n, tuple) else (n,)), height, panel_rows(dtype))
    size = math.prod(shape)
    padded = np.zeros(size + _VECTOR_BYTES // dtype.itemsize, dtype)
    first = (-padded.ctypes.data % _VECTOR_BYTES) // dtype.itemsize
    return padded[first : first + size].reshape(shape)


class RowType(types.Type):
    """The type of a row: `PANEL_BYTES` of numbers of `dtype`."""

    def __init__(self, dtype):
        self.dtype = dtype
        self.lanes = _VECTOR_BYTES // (dtype.bitwidth // 8)
        super().__init__(name=f"Row({dtype})")


@register_default(RowType)
class _RowModel(models.PrimitiveModel):
    def __init__(self, manager, row):
        element = manager.lookup(row.dtype).get_value_type()
        vector = ir.VectorType(element, row.lanes)
        super().__init__(manager, row, ir.ArrayType(vector, PANEL_BYTES // _VECTOR_BYTES))


def _map(builder, function, first, *others):
    """Apply `function` to the vectors of rows; return the row of its results."""
    for v in range(first.type.count):
        value = function(*(builder.extract_value(row, v) for row in (first, *others)))
        if v == 0:
            result = ir.Constant(ir.ArrayType(value.type, first.type.count), ir.Undefined)
        result = builder.insert_value(result, value, v)
    return result


def _splat(context, builder, value, value_type, row):
    """Return a number as a row, or a row as it is."""
    if isinstance(value_type, RowType):
        return value
    target = context.get_value_type(row)
    value = context.cast(builder, value, value_type, row.dtype)
    vector = target.element
    undefined = ir.Constant(vector, ir.Undefined)
    lane = ir.IntType(32)
    one = builder.insert_element(undefined, value, lane(0))
    zeros = ir.Constant(ir.VectorType(lane, vector.count), [0] * vector.count)
    vector = builder.shuffle_vector(one, undefined, zeros)
    result = ir.Constant(target, ir.Undefined)
    for v in range(target.count):
        result = builder.insert_value(result, vector, v)
    return result


def _define(operation, instruction):
    @infer_global(operation)
    class _Typing(AbstractTemplate):
        def generic(self, args, kws):
            rows = [a for a in args if isinstance(a, RowType)]
            if rows and len(args) == 2:
                return signature(rows[0], *args)
            return None

    def lower(context, builder, sig, args):
        a, b = (
            _splat(context, builder, v, t, sig.return_type)
            for v, t in zip(args, sig.args, strict=True)
        )
        method = getattr(builder, instruction)
        return _map(builder, lambda x, y: method(x, y, flags=_FLAGS), a, b)

    for pair in ((RowType, RowType), (RowType, types.Number), (types.Number, RowType)):
        lower_builtin(operation, *pair)(lower)


for _operation, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define(_operation, _instruction)


def _place(context, builder, panels, array, p, f):
    """Return pointers to the vectors of row f of panel p."""
    array = context.make_array(panels)(context, builder, array)
    height = cgutils.unpack_tuple(builder, array.shape)[1]
    row = RowType(panels.dtype)
    count = PANEL_BYTES // _VECTOR_BYTES
    first = builder.mul(builder.add(builder.mul(p, height), f), p.type(count * row.lanes))
    vector = context.get_value_type(row).element
    pointer = builder.gep(array.data, [first])
    return [
        builder.bitcast(builder.gep(pointer, [p.type(v * row.lanes)]), vector.as_pointer())
        for v in range(count)
    ]


@intrinsic
def load_row(typing_context, panels, p, f):
    """Return row f of panel p of an array (panels, features, P)."""
    sig = RowType(panels.dtype)(panels, types.intp, types.intp)

    def codegen(context, builder, signature, args):
        result = ir.Constant(context.get_value_type(signature.return_type), ir.Undefined)
        for v, pointer in enumerate(_place(context, builder, panels, *args)):
            result = builder.insert_value(result, builder.load(pointer, align=_VECTOR_BYTES), v)
        return result

    return sig, codegen


@intrinsic
def store_row(typing_context, panels, p, f, row):
    """Store a row as row f of panel p."""
    sig = types.void(panels, types.intp, types.intp, RowType(panels.dtype))

    def codegen(context, builder, signature, args):
        for v, pointer in enumerate(_place(context, builder, panels, *args[:3])):
            builder.store(builder.extract_value(args[3], v), pointer, align=_VECTOR_BYTES)
        return context.get_dummy_value()

    return sig, codegen


@intrinsic
def framed_row(typing_context, panels, X, start, j, centre, inv_scale):
    """Return ``(X[start:start + P, j] - centre) * inv_scale``, computed in float64, as a row.

    X is an array (N, D) of any strides; the row is of the type of `panels`.
    """
    row = RowType(panels.dtype)

    def codegen(context, builder, signature, args):
        array = context.make_array(X)(context, builder, args[1])
        step, along = cgutils.unpack_tuple(builder, array.strides)
        index, lane = args[2].type, ir.IntType(32)
        number = context.get_value_type(X.dtype)
        bytes_pointer = builder.bitcast(array.data, ir.IntType(8).as_pointer())
        offset = builder.add(builder.mul(args[2], step), builder.mul(args[3], along))
        pointer = builder.gep(bytes_pointer, [offset])
        doubles = ir.VectorType(ir.DoubleType(), row.lanes)
        result = ir.Constant(context.get_value_type(row), ir.Undefined)

        def splat(value):
            value = builder.insert_element(ir.Constant(doubles, ir.Undefined), value, lane(0))
            zeros = ir.Constant(ir.VectorType(lane, row.lanes), [0] * row.lanes)
            return builder.shuffle_vector(value, ir.Constant(doubles, ir.Undefined), zeros)

        centre, inv_scale = splat(args[4]), splat(args[5])
        for v in range(result.type.count):
            values = ir.Constant(ir.VectorType(number, row.lanes), ir.Undefined)
            for b in range(row.lanes):
                place = builder.mul(step, index(v * row.lanes + b))
                here = builder.bitcast(builder.gep(pointer, [place]), number.as_pointer())
                value = builder.load(here, align=1)
                values = builder.insert_element(values, value, lane(b))
            if values.type != doubles:
                values = builder.fpext(values, doubles)
            values = builder.fmul(builder.fsub(values, centre), inv_scale)
            if values.type != result.type.element:
                values = builder.fptrunc(values, result.type.element)
            result = builder.insert_value(result, values, v)
        return result

    double, index = types.float64, types.intp
    return row(panels, X, index, index, double, double), codegen


@intrinsic
def row_of(typing_context, panels, value):
    """Return a row of the type of `panels` with all its numbers equal to `value`."""
    row = RowType(panels.dtype)

    def codegen(context, builder, signature, args):
        return _splat(context, builder, args[1], value, row)

    return row(panels, value), codegen


def _choose(context, builder, signature, args):
    """Emit ``x where a > b else y``, of rows or of floats."""
    a = signature.args[0]

    def choose(a, b, x, y):
        return builder.select(builder.fcmp_ordered(">", a, b), x, y)

    if not isinstance(a, RowType):
        return choose(*args)
    pairs = zip(args, signature.args, strict=True)
    return _map(builder, choose, *(_splat(context, builder, v, t, a) for v, t in pairs))


@intrinsic
def where_larger(typing_context, a, b, x, y):
    """Return `x` where ``a > b``, `y` elsewhere, also where one is not a number.

    `a` is a row, or a float and all of them are; the others may be numbers.
    """
    return a(a, b, x, y), _choose


@intrinsic
def larger(typing_context, a, b):
    """Return the larger of a row and a row or number, `b` where `a` is not a number."""

    def codegen(context, builder, signature, args):
        return _choose(context, builder, a(a, b, a, b), (*args, *args))

    return a(a, b), codegen


@intrinsic
def lanes_reaching(typing_context, a, b):
    """Return a mask of the numbers of the row `a` that are at least those of the row `b`.

    Bit i of it, an int64, is for number i.
    """

    def codegen(context, builder, signature, args):
        mask, place = _MASK(0), 0
        for v in range(args[0].type.count):
            x, y = (builder.extract_value(row, v) for row in args)
            here = builder.fcmp_ordered(">=", x, y)
            lanes = here.type.count
            here = builder.zext(builder.bitcast(here, ir.IntType(lanes)), _MASK)
            mask = builder.or_(mask, builder.shl(here, _MASK(place)))
            place += lanes
        return mask

    return types.int64(a, b), codegen


@intrinsic
def count_lanes(typing_context, mask):
    """Return how many bits of a mask are set."""

    def codegen(context, builder, signature, args):
        return builder.ctpop(args[0])

    return types.int64(types.int64), codegen


@intrinsic
def first_lane(typing_context, mask):
    """Return the lowest bit that is set in a mask, of which one is."""

    def codegen(context, builder, signature, args):
        return builder.cttz(args[0], ir.IntType(1)(1))

    return types.int64(types.int64), codegen


@intrinsic
def root(typing_context, a):
    """Return the square roots of a row."""

    def codegen(context, builder, signature, args):
        def vector_root(x):
            name = f"llvm.sqrt.v{x.type.count}f{a.dtype.bitwidth}"
            function = ir.FunctionType(x.type, [x.type])
            function = cgutils.get_or_insert_function(builder.module, function, name)
            return builder.call(function, [x])

        return _map(builder, vector_root, args[0])

    return a(a), codegen


@intrinsic
def row_sum(typing_context, a):
    """Return the sum of a row's numbers, in a fixed order."""

    def codegen(context, builder, signature, args):
        total = None
        for v in range(args[0].type.count):
            x = builder.extract_value(args[0], v)
            total = x if total is None else builder.fadd(total, x)
        element = total.type.element
        name = f"llvm.vector.reduce.fadd.v{total.type.count}f{a.dtype.bitwidth}"
        function = ir.FunctionType(element, [element, total.type])
        function = cgutils.get_or_insert_function(builder.module, function, name)
        return builder.call(function, [element(-0.0), total], fastmath=("reassoc",))

    return a.dtype(a), codegen


def _dtype(a):
    return a.dtype if isinstance(a, RowType) else a


def _each(builder, function, *values):
    """Apply `function` to numbers, or to the vectors of rows."""
    if isinstance(values[0].type, ir.ArrayType):
        return _map(builder, function, *values)
    return function(*values)


@intrinsic
def binary_exponent(typing_context, x):
    """Return, as a float, the n for which ``x / 2**n`` is in [sqrt(1/2), sqrt(2)).

    `x` is a positive, normal float, or a row of them.
    """
    width = _dtype(x).bitwidth
    bits = ir.IntType(width)
    # The bits of sqrt(1/2): what is subtracted leaves n above the mantissa.
    root_half, mantissa = {64: (0x3FE6A09E667F3BCD, 52), 32: (0x3F3504F3, 23)}[width]

    def codegen(context, builder, signature, args):
        def exponent(x):
            integers, constants = bits, (bits(root_half), bits(mantissa))
            if isinstance(x.type, ir.VectorType):
                integers = ir.VectorType(bits, x.type.count)
                constants = [
                    ir.Constant(integers, [c] * x.type.count) for c in (root_half, mantissa)
                ]
            n = builder.sub(builder.bitcast(x, integers), constants[0])
            return builder.sitofp(builder.ashr(n, constants[1]), x.type)

        return _each(builder, exponent, args[0])

    return x(x), codegen


@intrinsic
def add_to_exponent(typing_context, p, t):
    """Add the low bits of `t` to the exponent of `p`: both floats, or both rows."""
    bits = ir.IntType(_dtype(p).bitwidth)
    mantissa = {64: 52, 32: 23}[bits.width]

    def codegen(context, builder, signature, args):
        def scale(p, t):
            if isinstance(p.type, ir.VectorType):
                integers = ir.VectorType(bits, p.type.count)
                shift = ir.Constant(integers, [mantissa] * p.type.count)
            else:
                integers, shift = bits, bits(mantissa)
            n = builder.shl(builder.bitcast(t, integers), shift)
            return builder.bitcast(builder.add(builder.bitcast(p, integers), n), p.type)

        return _each(builder, scale, *args)

    return p(p, t), codegen
