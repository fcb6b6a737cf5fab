"""Arrays of Jets: what a function sees in place of a float array.

The type is Numba's own array type with Jets for items, so that indexing, slicing, views,
iteration, shape, ``zeros_like``, ``empty_like``, ``copy``, ``reshape``, ``.T`` and writing
in place are Numba's own.  Here are the operations that compute: elementwise arithmetic
and functions with broadcasting, comparisons, and reductions.
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

from .jet import JetType, deepest, level


class JetArrayType(types.Array):
    """Numba's type of an array of Jets."""

    def copy(self, dtype=None, ndim=None, layout=None, readonly=None):
        """Return the type of a view or copy; of other items, an ordinary array."""
        return array_type(
            self.dtype if dtype is None else dtype,
            self.ndim if ndim is None else ndim,
            self.layout if layout is None else layout,
            readonly=not self.mutable if readonly is None else readonly,
        )

    def unify(self, typingctx, other):
        """Return the common type of two arrays of the same Jets."""
        if isinstance(other, JetArrayType) and (other.dtype, other.ndim) == (self.dtype, self.ndim):
            layout = self.layout if self.layout == other.layout else "A"
            return self.copy(layout=layout, readonly=not (self.mutable and other.mutable))
        return None


def array_type(dtype, ndim, layout="C", readonly=False):
    """Return the array type for items of a type, Jets or numbers."""
    kind = JetArrayType if isinstance(dtype, JetType) else types.Array
    return kind(dtype, ndim, layout, readonly=readonly)


register_model(JetArrayType)(models.ArrayModel)


@box(JetArrayType)
def _box_array(typ, val, c):
    c.pyapi.err_set_string("PyExc_TypeError", "Jets live in compiled code: return their values")
    return c.pyapi.get_null_object()


@unbox(JetArrayType)
def _unbox_array(typ, obj, c):
    c.pyapi.err_set_string("PyExc_TypeError", "Jets live in compiled code")
    empty = cgutils.get_null_value(c.context.get_value_type(typ))
    return NativeValue(empty, is_error=cgutils.true_bit)


@overload_classmethod(JetArrayType, "_allocate")
def _overload_allocate(cls, size, align):
    return lambda cls, size, align: arrayobj.intrin_alloc(size, align)


@intrinsic
def empty_array(typingctx, item_type, shape):
    """Return an uninitialised C-ordered array of an item type (a TypeRef) and a shape."""
    dtype = item_type.instance_type
    result = array_type(dtype, len(shape))

    def codegen(context, builder, signature, args):
        lengths = [
            context.cast(builder, length, t, types.intp)
            for length, t in zip(cgutils.unpack_tuple(builder, args[1]), shape, strict=True)
        ]
        array = arrayobj._empty_nd_impl(context, builder, result, lengths)
        return array._getvalue()

    return result(item_type, shape), codegen


# ---- Elementwise operations ----


def _is_operand(t):
    return isinstance(t, types.Array | JetType | types.Number | types.Boolean)


def elementwise(function, arguments, item_type=None):
    """Return an implementation of ``function`` over arrays with broadcasting, or None.

    Parameters
    ----------
    function : callable
        The operation on scalars, as compiled code calls it.
    arguments : tuple of numba types
    item_type : numba type, optional
        The items of the result; the deepest of the arguments' by default.
    """
    if not all(_is_operand(t) for t in arguments) or max(map(level, arguments)) == 0:
        return None
    out_type = deepest(*arguments) if item_type is None else item_type
    if len(arguments) == 1:

        def unary(a):
            out = empty_array(out_type, a.shape)
            for index in np.ndindex(a.shape):
                out[index] = function(a[index])
            return out

        return unary
    left, right = (isinstance(t, types.Array) for t in arguments)
    if left and right:
        if arguments[0].ndim == arguments[1].ndim == 1:

            def vectors(a, b):
                if a.size != b.size and a.size != 1 and b.size != 1:
                    raise ValueError("operands could not be broadcast together")
                n = b.size if a.size == 1 else a.size
                out = empty_array(out_type, (n,))
                for i in range(n):
                    out[i] = function(a[i if a.size > 1 else 0], b[i if b.size > 1 else 0])
                return out

            return vectors

        def arrays(a, b):
            shape = np.broadcast_shapes(a.shape, b.shape)
            wide_a, wide_b = np.broadcast_to(a, shape), np.broadcast_to(b, shape)
            out = empty_array(out_type, shape)
            for index in np.ndindex(shape):
                out[index] = function(wide_a[index], wide_b[index])
            return out

        return arrays
    if left:

        def array_scalar(a, b):
            out = empty_array(out_type, a.shape)
            for index in np.ndindex(a.shape):
                out[index] = function(a[index], b)
            return out

        return array_scalar

    def scalar_array(a, b):
        out = empty_array(out_type, b.shape)
        for index in np.ndindex(b.shape):
            out[index] = function(a, b[index])
        return out

    return scalar_array


def inplace(function, arguments):
    """Return an implementation of ``a op= b`` for an array of Jets, or None."""
    a, b = arguments
    if not isinstance(a, types.Array) or not _is_operand(b) or level(a) + level(b) == 0:
        return None
    if level(b) > level(a):
        # Not a Numba error: on one of those Numba would try its own rule, which crashes.
        raise TypeError(
            f"fastad: {a} cannot hold {b}; make it with np.zeros_like or np.empty_like of an "
            "argument that is differentiated"
        )
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


@overload(operator.setitem)
def _overload_setitem(array, index, value):
    if isinstance(array, types.Array) and level(value) > level(array):
        raise errors.NumbaTypeError(
            f"fastad: cannot write a value being differentiated, {value}, into {array}; make the "
            "array with np.zeros_like or np.empty_like of an argument that is differentiated"
        )
    return None


# ---- Reductions ----


@intrinsic
def zero_of(typingctx, item_type):
    """Return zero of an item type (a TypeRef)."""
    t = item_type.instance_type

    def codegen(context, builder, signature, args):
        return cgutils.get_null_value(context.get_value_type(t))

    return t(item_type), codegen


def _sum(a):
    if not isinstance(a, JetArrayType):
        return None
    item = a.dtype

    def impl(a):
        total = zero_of(item)
        for v in a.flat:
            total = total + v
        return total

    return impl


def _mean(a):
    return (lambda a: np.sum(a) / a.size) if isinstance(a, JetArrayType) else None


def _prod(a):
    if not isinstance(a, JetArrayType):
        return None
    item = a.dtype

    def impl(a):
        total = zero_of(item) + 1.0
        for v in a.flat:
            total = total * v
        return total

    return impl


def _extreme(name, better):
    """Return the overload of a minimum or maximum over all items; the first of equals wins."""

    def overload_extreme(a):
        if not isinstance(a, JetArrayType):
            return None

        def impl(a):
            if a.size == 0:
                raise ValueError("zero-size array has no extreme item")
            best = a.flat[0]
            for v in a.flat:
                if better(v, best):
                    best = v
            return best

        return impl

    return overload_extreme


_REDUCTIONS = {
    "sum": _sum,
    "mean": _mean,
    "prod": _prod,
    "min": _extreme("min", operator.lt),
    "max": _extreme("max", operator.gt),
}
for _name, _reduction in _REDUCTIONS.items():
    overload(getattr(np, _name))(_reduction)
    overload_method(JetArrayType, _name)(_reduction)


def _dot(a, b):
    """Return the implementation of ``a @ b`` where either holds Jets."""
    if not (isinstance(a, types.Array) and isinstance(b, types.Array)):
        return None
    if level(a) + level(b) == 0 or not (1 <= a.ndim <= 2 and 1 <= b.ndim <= 2):
        return None
    item = deepest(a, b)

    def check(a, b):
        if a.shape[-1] != b.shape[0]:
            raise ValueError("dot: the inner dimensions differ")

    check = register_jitable(check)

    def vector_vector(a, b):
        check(a, b)
        total = zero_of(item)
        for k in range(a.size):
            total = total + a[k] * b[k]
        return total

    def matrix_vector(a, b):
        check(a, b)
        out = empty_array(item, (a.shape[0],))
        for i in range(a.shape[0]):
            out[i] = vector_vector(a[i], b)
        return out

    def vector_matrix(a, b):
        check(a, b)
        out = empty_array(item, (b.shape[1],))
        for j in range(b.shape[1]):
            out[j] = vector_vector(a, b[:, j])
        return out

    def matrix_matrix(a, b):
        check(a, b)
        out = empty_array(item, (a.shape[0], b.shape[1]))
        for i in range(a.shape[0]):
            for j in range(b.shape[1]):
                out[i, j] = vector_vector(a[i], b[:, j])
        return out

    kinds = {
        (1, 1): vector_vector,
        (2, 1): matrix_vector,
        (1, 2): vector_matrix,
        (2, 2): matrix_matrix,
    }
    chosen = kinds[a.ndim, b.ndim]
    vector_vector = register_jitable(vector_vector)
    return chosen


overload(np.dot)(_dot)
overload(operator.matmul)(_dot)
overload_method(JetArrayType, "dot")(_dot)
