"""Tools that the formulas of whole-array operations are written with (compiled code)."""

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable

from ..numbers.arrays import empty_array, is_none, item_of
from ..numbers.jet import JetType, level


def dense(a):
    """Return an array of floats; a copy if it is neither C- nor F-contiguous, which BLAS wants."""
    raise NotImplementedError


@overload(dense)
def _overload_dense(a):
    if level(a) == 0 and a.layout == "A":
        return lambda a: as_ordered(a)
    return lambda a: a


def as_ordered(a):
    """Return an array; a copy if it is not C-contiguous."""
    raise NotImplementedError


@overload(as_ordered)
def _overload_as_ordered(a):
    if a.layout == "C":
        return lambda a: a

    def copy(a):
        out = empty_for(a, a.shape)
        for index in np.ndindex(a.shape):
            out[index] = a[index]
        return out

    return copy


def as_float(a):
    """Return an array of numbers as one of float64; one of Jets as it is."""
    raise NotImplementedError


@overload(as_float)
def _overload_as_float(a):
    if isinstance(a.dtype, JetType) or a.dtype == types.float64:
        return lambda a: a

    def converted(a):
        out = np.empty(a.shape)
        for index in np.ndindex(a.shape):
            out[index] = a[index]
        return out

    return converted


def empty_for(examples, shape):
    """Return an uninitialised array that can hold the items of all ``examples`` (None: any)."""
    raise NotImplementedError


@overload(empty_for)
def _overload_empty_for(examples, shape):
    item = item_of(*(examples if isinstance(examples, types.BaseTuple) else (examples,)))
    item = types.float64 if item is None else item
    return lambda examples, shape: empty_array(item, shape)


def filled(out, value):
    """Fill an array with a number, unless that is None; return it (compiled code)."""
    raise NotImplementedError


@overload(filled)
def _overload_filled(out, value):
    if is_none(value):
        return lambda out, value: out

    def fill(out, value):
        for index in np.ndindex(out.shape):
            out[index] = value
        return out

    return fill


def zeros_for_items(examples, shape):
    """Return an array of zeros that can hold the items of all ``examples``, arrays or numbers."""
    return filled(empty_for(examples, shape), 0.0)


zeros_for_items = register_jitable(zeros_for_items)


def shape_of(r):
    """Return the shape of an array; () for a number."""
    raise NotImplementedError


@overload(shape_of)
def _overload_shape_of(r):
    return (lambda r: r.shape) if isinstance(r, types.Array) else (lambda r: ())


def items_sum(a, b):
    """Return the sum of the products of the items of two arrays of one shape."""
    total = 0.0
    for index in np.ndindex(a.shape):
        total = total + a[index] * b[index]
    return total


def lower_adjoint(x):
    """Turn the adjoint of a symmetric matrix into that of its lower triangle, in place."""
    n = x.shape[0]
    for i in range(n):
        for j in range(i):
            x[i, j] = x[i, j] + x[j, i]
            x[j, i] = 0.0
    return x


def symmetric(a):
    """Return the symmetric matrix that has a lower triangle."""
    out = np.empty_like(a)
    for i in range(a.shape[0]):
        for j in range(i + 1):
            out[i, j] = out[j, i] = a[i, j]
    return out


items_sum, lower_adjoint, symmetric = map(register_jitable, (items_sum, lower_adjoint, symmetric))


# ---- Loops: the array expressions would take Numba a second or more to compile ----


def scaled(factor, a):
    """Return a number times an array."""
    out = empty_for((factor, a), a.shape)
    for index in np.ndindex(a.shape):
        out[index] = factor * a[index]
    return out


def outer_product(a, b):
    """Return the matrix of products of the items of two vectors."""
    out = empty_for((a, b), (a.size, b.size))
    for i in range(a.size):
        for j in range(b.size):
            out[i, j] = a[i] * b[j]
    return out


def transposed(a):
    """Return the transpose of a matrix as a C-ordered copy."""
    out = empty_for(a, (a.shape[1], a.shape[0]))
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[j, i] = a[i, j]
    return out


scaled, outer_product, transposed = map(register_jitable, (scaled, outer_product, transposed))


def put(out, k, r):
    """Write an array, or a number, to ``out[k]``."""
    out[k] = r


@overload(put)
def _overload_put(out, k, r):
    if not isinstance(r, types.Array):

        def number(out, k, r):
            out[k] = r

        return number

    def array(out, k, r):
        row = out[k]
        for index in np.ndindex(r.shape):
            row[index] = r[index]

    return array


# ---- Tangents of all directions, with a leading axis; None for an argument that does not move ----


def plus(x, y):
    """Return the sum of two tangents, either of which may be None."""
    raise NotImplementedError


def minus(x, y):
    """Return ``x - y`` for tangents of which x may be None."""
    raise NotImplementedError


@overload(plus)
def _overload_plus(x, y):
    if isinstance(x, types.NoneType):
        return lambda x, y: y
    if isinstance(y, types.NoneType):
        return lambda x, y: x

    def both(x, y):
        out = empty_for((x, y), x.shape)
        for index in np.ndindex(x.shape):
            out[index] = x[index] + y[index]
        return out

    return both


@overload(minus)
def _overload_minus(x, y):
    if isinstance(y, types.NoneType):
        return lambda x, y: x
    if isinstance(x, types.NoneType):
        return lambda x, y: scaled(-1.0, y)

    def both(x, y):
        out = empty_for((x, y), x.shape)
        for index in np.ndindex(x.shape):
            out[index] = x[index] - y[index]
        return out

    return both


def product_left(f, a_dots, b, r):
    """Return ``f(a_dot, b)`` for each direction, in the shape of r; None if a does not move."""
    raise NotImplementedError


def product_right(f, a, b_dots, r):
    """Return ``f(a, b_dot)`` for each direction, in the shape of r; None if b does not move."""
    raise NotImplementedError


@overload(product_left)
def _overload_product_left(f, a_dots, b, r):
    if isinstance(a_dots, types.NoneType):
        return lambda f, a_dots, b, r: None

    def left(f, a_dots, b, r):
        out = empty_for((a_dots, b), (a_dots.shape[0],) + shape_of(r))
        for k in range(a_dots.shape[0]):
            put(out, k, f(a_dots[k], b))
        return out

    return left


@overload(product_right)
def _overload_product_right(f, a, b_dots, r):
    if isinstance(b_dots, types.NoneType):
        return lambda f, a, b_dots, r: None

    def right(f, a, b_dots, r):
        out = empty_for((a, b_dots), (b_dots.shape[0],) + shape_of(r))
        for k in range(b_dots.shape[0]):
            put(out, k, f(a, b_dots[k]))
        return out

    return right
