"""Arrays of Vars: what a function sees in place of a float array while a tape records.

As for Jets the type is Numba's own array type, so that indexing, slicing, views, iteration,
shape, ``zeros_like`` and writing in place are Numba's; reductions are those of
:mod:`fastad.jetarray`.  Here are the operations that compute item by item.
"""

import operator

import numpy as np
from numba.core import cgutils, errors, types
from numba.extending import (
    NativeValue,
    box,
    intrinsic,
    models,
    overload,
    overload_classmethod,
    overload_method,
    register_jitable,
    register_model,
    unbox,
)
from numba.np import arrayobj

from .jetarray import JetArrayType
from .tape_types import VarType, base_of, is_active


class VarArrayType(JetArrayType):
    """Numba's type of an array of Vars."""

    def copy(self, dtype=None, ndim=None, layout=None, readonly=None):
        """Return the type of a view or copy; of other items, an ordinary array."""
        dtype = self.dtype if dtype is None else dtype
        kind = VarArrayType if isinstance(dtype, VarType) else types.Array
        return kind(
            dtype,
            self.ndim if ndim is None else ndim,
            self.layout if layout is None else layout,
            readonly=not self.mutable if readonly is None else readonly,
        )


register_model(VarArrayType)(models.ArrayModel)


@box(VarArrayType)
def _box_array(typ, val, c):
    c.pyapi.err_set_string("PyExc_TypeError", "an array of Vars lives in compiled code")
    return c.pyapi.get_null_object()


@unbox(VarArrayType)
def _unbox_array(typ, obj, c):
    c.pyapi.err_set_string("PyExc_TypeError", "an array of Vars lives in compiled code")
    empty = cgutils.get_null_value(c.context.get_value_type(typ))
    return NativeValue(empty, is_error=cgutils.true_bit)


@overload_classmethod(VarArrayType, "_allocate")
def _overload_allocate(cls, size, align):
    return lambda cls, size, align: arrayobj.intrin_alloc(size, align)


def _empty(dtype_of):
    @intrinsic
    def empty(typingctx, like, shape):
        result = VarArrayType(dtype_of(like), len(shape), "C")

        def codegen(context, builder, signature, args):
            lengths = [
                context.cast(builder, length, t, types.intp)
                for length, t in zip(cgutils.unpack_tuple(builder, args[1]), shape, strict=True)
            ]
            return arrayobj._empty_nd_impl(context, builder, result, lengths)._getvalue()

        return result(like, shape), codegen

    return empty


empty_over = _empty(lambda value: VarType(base_of(value)))  # like a value: a float or a Jet
empty_of = _empty(lambda var: var)  # like a Var
empty_like_item = _empty(lambda item: item.instance_type)  # of an item type (a TypeRef)


def _item(*arguments):
    """Return the type of Var among the arguments' items, or None."""
    for t in arguments:
        t = t.dtype if isinstance(t, types.Array) else t
        if is_active(t):
            return t if isinstance(t, VarType) else VarType(t.base)
    return None


def _is_operand(t):
    return isinstance(t, types.Array | types.Number | types.Boolean) or is_active(t)


def elementwise(function, arguments, compare=False):
    """Return an implementation of ``function`` over arrays with broadcasting, or None."""
    if not any(isinstance(t, types.Array) for t in arguments):
        return None
    item = _item(*arguments)
    if item is None or not all(map(_is_operand, arguments)):
        return None
    if compare:
        make = register_jitable(lambda shape: np.empty(shape, np.bool_))
    else:
        make = register_jitable(lambda shape: empty_like_item(item, shape))
    if len(arguments) == 1:

        def unary(a):
            out = make(a.shape)
            for index in np.ndindex(a.shape):
                out[index] = function(a[index])
            return out

        return unary
    left, right = (isinstance(t, types.Array) for t in arguments)
    if left and right:
        if arguments[0].ndim == arguments[1].ndim == 1:

            def vectors(a, b):  # np.broadcast_to takes seconds to compile
                if a.size != b.size and a.size != 1 and b.size != 1:
                    raise ValueError("operands could not be broadcast together")
                n = b.size if a.size == 1 else a.size
                out = make((n,))
                for i in range(n):
                    out[i] = function(a[i if a.size > 1 else 0], b[i if b.size > 1 else 0])
                return out

            return vectors

        def arrays(a, b):
            shape = np.broadcast_shapes(a.shape, b.shape)
            wide_a, wide_b = np.broadcast_to(a, shape), np.broadcast_to(b, shape)
            out = make(shape)
            for index in np.ndindex(shape):
                out[index] = function(wide_a[index], wide_b[index])
            return out

        return arrays
    if left:

        def array_scalar(a, b):
            out = make(a.shape)
            for index in np.ndindex(a.shape):
                out[index] = function(a[index], b)
            return out

        return array_scalar

    def scalar_array(a, b):
        out = make(b.shape)
        for index in np.ndindex(b.shape):
            out[index] = function(a, b[index])
        return out

    return scalar_array


def inplace(function, arguments):
    """Return an implementation of ``a op= b`` for arrays where Vars enter, or None."""
    a, b = arguments
    if not isinstance(a, types.Array) or not _is_operand(b) or _item(a, b) is None:
        return None
    if not isinstance(a, VarArrayType):
        _refuse(a, b)
    if isinstance(b, types.Array):

        def array(a, b):
            wide = np.broadcast_to(b, a.shape)
            for index in np.ndindex(a.shape):
                a[index] = function(a[index], wide[index])
            return a

        return array

    def scalar(a, b):
        for index in np.ndindex(a.shape):
            a[index] = function(a[index], b)
        return a

    return scalar


def _refuse(array, value):
    raise errors.NumbaTypeError(
        f"fastad: cannot write a value being differentiated, {value}, into {array}; make the "
        "array with np.zeros_like or np.empty_like of an argument that is differentiated"
    )


@overload(operator.setitem)
def _overload_setitem(array, index, value):
    if isinstance(array, types.Array) and not isinstance(array, VarArrayType) and _item(value):
        _refuse(array, value)
    return None


def _dot(a, b):
    """Return the implementation of ``a @ b`` where either holds Vars."""
    if not (isinstance(a, types.Array) and isinstance(b, types.Array)):
        return None
    item = _item(a, b)
    if item is None or not (1 <= a.ndim <= 2 and 1 <= b.ndim <= 2):
        return None

    @register_jitable
    def inner(a, b):
        if a.size != b.size:
            raise ValueError("dot: the inner dimensions differ")
        total = 0.0
        for k in range(a.size):
            total = total + a[k] * b[k]
        return total

    def matrix_vector(a, b):
        out = empty_like_item(item, (a.shape[0],))
        for i in range(a.shape[0]):
            out[i] = inner(a[i], b)
        return out

    def vector_matrix(a, b):
        out = empty_like_item(item, (b.shape[1],))
        for j in range(b.shape[1]):
            out[j] = inner(a, b[:, j])
        return out

    def matrix_matrix(a, b):
        out = empty_like_item(item, (a.shape[0], b.shape[1]))
        for i in range(a.shape[0]):
            for j in range(b.shape[1]):
                out[i, j] = inner(a[i], b[:, j])
        return out

    if a.ndim == b.ndim == 1:
        return lambda a, b: inner(a, b)
    return {(2, 1): matrix_vector, (1, 2): vector_matrix}.get((a.ndim, b.ndim), matrix_matrix)


overload(np.dot)(_dot)
overload(operator.matmul)(_dot)
overload_method(VarArrayType, "dot")(_dot)
