"""Panels of rows, and arithmetic on a row of a panel at once.

A panel is an array (features, P) of P rows of the data, `PANEL_BYTES` for each feature, that
starts at a multiple of 64 bytes. What here is called a row is a row of that array: one feature
of P rows of the data. In compiled code it is a value, with operators.

The loop vectoriser would do much the same, but checks at each loop whether arrays overlap, and
that costs more than the few operations on a panel's row. The vectors are of 64 bytes; for CPUs
with shorter registers LLVM splits them.
"""

import operator

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.datamodel.registry import register_default
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, overload

PANEL_BYTES = 192
_VECTOR_BYTES = 64
_FLAGS = ("contract",)


def panel_rows(dtype):
    """Return the number of rows of a panel of `dtype`: an even number of vectors on any CPU."""
    return PANEL_BYTES // np.dtype(dtype).itemsize


def panel_of(array):
    """Return `panel_rows` of the type of `array`; in compiled code it is a constant."""
    return panel_rows(array.dtype)


@overload(panel_of, inline="always")
def _panel_of(array):
    rows = PANEL_BYTES // (array.dtype.bitwidth // 8)
    return lambda array: rows


@numba.njit(nogil=True, cache=True)
def panels(n, height, like):
    """Return n panels of zeros, (n, height, P), of the type of the array `like`."""
    size = n * height * panel_of(like)
    padded = np.zeros(size + _VECTOR_BYTES // like.itemsize, like.dtype)
    first = (-padded.ctypes.data % _VECTOR_BYTES) // like.itemsize
    return padded[first : first + size].reshape((n, height, panel_of(like)))


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
def row_of(typing_context, panels, value):
    """Return a row of the type of `panels` with all its numbers equal to `value`."""
    row = RowType(panels.dtype)

    def codegen(context, builder, signature, args):
        return _splat(context, builder, args[1], value, row)

    return row(panels, value), codegen


def _common(a, b):
    return a if isinstance(a, RowType) else b


@intrinsic
def larger(typing_context, a, b):
    """Return the larger of two rows or numbers, `b` where `a` is not a number."""
    row = _common(a, b)

    def codegen(context, builder, signature, args):
        rows = [_splat(context, builder, v, t, row) for v, t in zip(args, (a, b), strict=True)]
        return _map(
            builder, lambda x, y: builder.select(builder.fcmp_ordered(">", x, y), x, y), *rows
        )

    return row(a, b), codegen


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


@intrinsic
def zero_below(typing_context, value, x, limit):
    """Return `value` where ``x > limit``, else zero: rows, or floats."""

    def codegen(context, builder, signature, args):
        def choose(value, x, limit):
            zero = ir.Constant(value.type, None)
            return builder.select(builder.fcmp_ordered(">", x, limit), value, zero)

        bound = context.cast(builder, args[2], limit, _dtype(value))
        if isinstance(value, RowType):
            bound = _splat(context, builder, bound, value.dtype, value)
        return _each(builder, choose, args[0], args[1], bound)

    return value(value, x, limit), codegen
