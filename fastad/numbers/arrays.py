"""Arrays of Jets or of Vars, which a function is given in place of arrays of floats.

The type is derived from Numba's array type, so that indexing, slicing, masks, views, iteration,
shape, ``zeros_like``, ``.T`` and writing in place are Numba's own.  Here are the operations that
compute: elementwise arithmetic and functions with broadcasting, comparisons, and products.
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
    overload_attribute,
    overload_classmethod,
    overload_method,
    register_jitable,
    register_model,
    unbox,
)
from numba.np import arrayobj

from ..rules.codegen import compile_source
from .assignment import assign_apart
from .jet import ActiveType, JetType, level


class ActiveArrayType(types.Array):
    """Numba's type of an array of numbers that are being differentiated."""

    def copy(self, dtype=None, ndim=None, layout=None, readonly=None):
        """Return the type of a view or copy; with plain numbers for items an ordinary array's."""
        return array_type(
            self.dtype if dtype is None else dtype,
            self.ndim if ndim is None else ndim,
            self.layout if layout is None else layout,
            readonly=not self.mutable if readonly is None else readonly,
        )

    def unify(self, typingctx, other):
        """Return the common type of two arrays of the same items."""
        if isinstance(other, ActiveArrayType) and (other.dtype, other.ndim) == (
            self.dtype,
            self.ndim,
        ):
            layout = self.layout if self.layout == other.layout else "A"
            return self.copy(layout=layout, readonly=not (self.mutable and other.mutable))
        return None


def array_type(dtype, ndim, layout="C", readonly=False):
    """Return the type of an array with items of a type, active or not."""
    kind = ActiveArrayType if isinstance(dtype, ActiveType) else types.Array
    return kind(dtype, ndim, layout, readonly=readonly)


def depth(item):
    """Return how many derivatives a type of number carries: items hold no number of more."""
    if isinstance(item, JetType) or not isinstance(item, ActiveType):
        return level(item)
    return np.inf  # no item but a Var holds a Var


def item_of(*arguments):
    """Return the type of item that can hold numbers of all these types; None if none is active."""
    scalars = [t.dtype if isinstance(t, types.Array) else t for t in arguments]
    active = [t.item for t in scalars if isinstance(t, ActiveType)]
    return max(active, key=depth, default=None)


def is_none(t):
    """Tell whether an argument's type is that of None, or of an argument that is left out."""
    return t is None or isinstance(t, types.NoneType | types.Omitted)


register_model(ActiveArrayType)(models.ArrayModel)


@box(ActiveArrayType)
def _box_array(typ, val, c):
    c.pyapi.err_set_string(
        "PyExc_TypeError", "Jets and Vars live in compiled code: return their values"
    )
    return c.pyapi.get_null_object()


@unbox(ActiveArrayType)
def _unbox_array(typ, obj, c):
    c.pyapi.err_set_string("PyExc_TypeError", "Jets and Vars live in compiled code")
    empty = cgutils.get_null_value(c.context.get_value_type(typ))
    return NativeValue(empty, is_error=cgutils.true_bit)


def _refuse_attribute(name):
    """Refuse an attribute that says how wide an item is: no answer would be that of a float."""

    @overload_attribute(ActiveArrayType, name)
    def refused(array):
        raise errors.NumbaTypeError(
            f"fastad: .{name} of an array that is differentiated; ask it of the caller's array"
        )


for _name in ("itemsize", "nbytes", "strides"):
    _refuse_attribute(_name)


@overload(np.isscalar, target="cpu")  # before Numba's own, for which Jets are no scalars
def _overload_isscalar(element):
    return (lambda element: True) if isinstance(element, ActiveType) else None


@overload_classmethod(ActiveArrayType, "_allocate")
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


def empty_as(item_type, x):
    """Return an uninitialised array of an item type, in the shape and layout of another array.

    Whether ``ravel`` and the like return a view or a copy depends on the layout. So an array of
    Jets that a function is given in place of an array of floats has the same layout.
    """
    raise NotImplementedError


@overload(empty_as)
def _overload_empty_as(item_type, x):
    if x.layout == "F" and x.ndim > 1:
        return lambda item_type, x: empty_array(item_type, x.T.shape).T
    if x.layout == "A" and x.ndim > 0:
        strided = f"empty_array(item_type, x.shape)[{', '.join(['::1'] * x.ndim)}]"
        source = f"def strided(item_type, x):\n    return {strided}\n"
        return compile_source(source, "strided", {"empty_array": empty_array})
    return lambda item_type, x: empty_array(item_type, x.shape)


def copy_of(x):
    """Return a copy of an array, in its layout."""
    return x.copy(order="K")


@overload(copy_of)
def _overload_copy_of(x):
    if x.layout == "C":
        return lambda x: x.copy()
    item = x.dtype

    def copy(x):
        out = empty_as(item, x)
        assign_apart(out, x)
        return out

    return copy


def ordered_as(a, x):
    """Return a value; in compiled code, an array as a copy if its layout is not that of x."""
    return a


@overload(ordered_as)
def _overload_ordered_as(a, x):
    if not (isinstance(a, types.Array) and isinstance(x, types.Array)) or a.layout == x.layout:
        return lambda a, x: a
    item = a.dtype

    def copy(a, x):
        out = empty_as(item, x)
        assign_apart(out, a)
        return out

    return copy


# ---- Broadcasting, for NumPy's own functions take seconds to compile each ----


def broadcast_shape(operands):
    """Return the shape to which arrays and numbers broadcast (compiled code)."""
    raise NotImplementedError


@overload(broadcast_shape)
def _overload_broadcast_shape(operands):
    arrays = [(k, t.ndim) for k, t in enumerate(operands) if isinstance(t, types.Array)]
    ndim = max((n for _, n in arrays), default=0)
    lines = ["def shape_of_all(operands):"]
    for axis in range(ndim):
        lines.append(f"    n{axis} = 1")
        for k, own in arrays:
            if own < ndim - axis:
                continue
            lines += [
                f"    m = operands[{k}].shape[{axis - ndim + own}]",
                f"    if m != 1 and n{axis} != 1 and m != n{axis}:",
                '        raise ValueError("operands could not be broadcast together")',
                f"    n{axis} = n{axis} if m == 1 else m",
            ]
    lines.append(f"    return ({' '.join(f'n{axis},' for axis in range(ndim))})")
    return compile_source("\n".join(lines) + "\n", "shape_of_all", {})


def item_at(a, index):
    """Return an array's item at an index into the shape to which it broadcasts, or a number."""
    raise NotImplementedError


@overload(item_at)
def _overload_item_at(a, index):
    if not isinstance(a, types.Array):
        return lambda a, index: a
    return compile_source(f"def at(a, index):\n    return a[{_place(a, index)}]\n", "at", {})


def place_at(a, index):
    """Return the index of the item that `item_at` returns (compiled code)."""
    raise NotImplementedError


@overload(place_at)
def _overload_place_at(a, index):
    return compile_source(f"def at(a, index):\n    return {_place(a, index)}\n", "at", {})


def _place(a, index):
    first = len(index) - a.ndim
    places = [f"index[{first + k}] if a.shape[{k}] != 1 else 0," for k in range(a.ndim)]
    return f"({' '.join(places)})"


# ---- Elementwise operations ----


def _is_operand(t):
    return isinstance(t, types.Array | ActiveType | types.Number | types.Boolean)


def _of_items(function, arguments):
    """Return an implementation for arrays without dimensions, which returns a number as Numba's."""
    names = "ab"[: len(arguments)]
    items = [
        f"{n}[()]" if isinstance(t, types.Array) else n
        for n, t in zip(names, arguments, strict=True)
    ]
    source = f"def of_items({', '.join(names)}):\n    return function({', '.join(items)})\n"
    return compile_source(source, "of_items", {"function": function})


def elementwise(function, arguments, item_type=None):
    """Return an implementation of ``function`` on arrays, with broadcasting, or None.

    Parameters
    ----------
    function : callable
        The operation on scalars, for compiled code.
    arguments : tuple of numba types
    item_type : numba type, optional
        The type of the result's items; by default that of the deepest argument.
    """
    active = item_of(*arguments)
    if active is None or not all(map(_is_operand, arguments)):
        return None
    if all(t.ndim == 0 for t in arguments if isinstance(t, types.Array)):
        return _of_items(function, arguments)
    out_type = active if item_type is None else item_type
    orders = {t.layout for t in arguments if isinstance(t, types.Array)}
    turned = "F" in orders and "C" not in orders  # Numba's choice of the result's layout

    def fortran(shape):
        return empty_array(out_type, shape[::-1]).T

    def rows(shape):
        return empty_array(out_type, shape)

    made = register_jitable(fortran if turned else rows)
    if len(arguments) == 1:

        def unary(a):
            out = made(a.shape)
            for index in np.ndindex(a.shape):
                out[index] = function(a[index])
            return out

        return unary

    def binary(a, b):
        shape = broadcast_shape((a, b))
        out = made(shape)
        for index in np.ndindex(shape):
            out[index] = function(item_at(a, index), item_at(b, index))
        return out

    return binary


def inplace(function, arguments):
    """Return an implementation of ``a op= b`` if a or b is active, else None."""
    a, b = arguments
    if not isinstance(a, types.Array) or not _is_operand(b) or item_of(a, b) is None:
        return None
    if not _can_hold(a, b):
        # No NumbaError: after one Numba would try its own rule, which crashes.
        raise TypeError(_REFUSAL.format(value=b, array=a))

    def into(a, b):
        if broadcast_shape((a, b)) != a.shape:
            raise ValueError("non-broadcastable output operand")
        for index in np.ndindex(a.shape):
            a[index] = function(a[index], item_at(b, index))
        return a

    return into


_REFUSAL = (
    "fastad: cannot write a value being differentiated, {value}, into {array}; make the array "
    "with np.zeros_like or np.empty_like of an argument that is differentiated"
)


def _can_hold(array, value):
    item = item_of(value)
    return item is None or depth(item) <= depth(array.dtype)


@overload(operator.setitem)
def _overload_setitem(array, index, value):
    if isinstance(array, types.Array) and not _can_hold(array, value):
        raise errors.NumbaTypeError(_REFUSAL.format(value=value, array=array))
    return None


# ---- Products ----


@intrinsic
def zero_of(typingctx, item_type):
    """Return zero of an item type (a TypeRef)."""
    t = item_type.instance_type

    def codegen(context, builder, signature, args):
        return cgutils.get_null_value(context.get_value_type(t))

    return t(item_type), codegen


def _dot(a, b):
    """Return the implementation of ``a @ b`` if a or b is active."""
    if not (isinstance(a, types.Array) and isinstance(b, types.Array)):
        return None
    item = item_of(a, b)
    if item is None or not (1 <= a.ndim <= 2 and 1 <= b.ndim <= 2):
        return None

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
overload_method(ActiveArrayType, "dot")(_dot)
