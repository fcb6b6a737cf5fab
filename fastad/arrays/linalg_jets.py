"""Give linear algebra its meaning on arrays of Jets: the rules of :mod:`fastad.arrays.table`.

A rule is applied to the value part, and its tangent to all partials together, so that a
system is factorised once however many partials there are.  Where the value part holds Jets
itself the same functions, compiled for it, lead here again one level lower.

Registration only: nothing is compiled until a program uses it.
"""

import numpy as np
from numba.core import cgutils, errors, types
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic, overload
from numba.np import arrayobj

from ..numbers.arrays import ActiveArrayType, array_type, empty_array, zero_of
from ..numbers.jet import ActiveType, deepest, level
from .kernels import as_float, as_ordered
from .table import RULES

RULED = ("solve", "inv", "det", "slogdet", "cholesky", "eigh")
REFUSED = ("eig", "eigvals", "svd", "qr", "lstsq", "pinv", "cond", "matrix_rank")


# ---- The parts of an array of Jets: the same memory, seen as arrays of their base ----


def _view(first, stacked):
    """Return the intrinsic for the value part, or for all partials with a leading axis."""

    @intrinsic
    def view(typingctx, a):
        item = a.dtype
        result = array_type(item.base, a.ndim + stacked, "A")

        def codegen(context, builder, signature, args):
            source = arrayobj.make_array(a)(context, builder, value=args[0])
            out = arrayobj.make_array(result)(context, builder)
            size = context.get_abi_sizeof(context.get_data_type(item.base))
            word = context.get_constant(types.intp, size)
            start = builder.gep(
                builder.bitcast(source.data, out.data.type),
                [context.get_constant(types.intp, first)],
            )
            shape = cgutils.unpack_tuple(builder, source.shape, a.ndim)
            strides = cgutils.unpack_tuple(builder, source.strides, a.ndim)
            if stacked:
                shape = [context.get_constant(types.intp, item.n), *shape]
                strides = [word, *strides]
            arrayobj.populate_array(
                out,
                data=start,
                shape=shape,
                strides=strides,
                itemsize=word,
                meminfo=source.meminfo,
                parent=source.parent,
            )
            return impl_ret_borrowed(context, builder, result, out._getvalue())

        return result(a), codegen

    return view


value_view, partials_view = _view(0, False), _view(1, True)


def values_at(a, zero):
    """Return an array's values below the level of a zero Jet, ready for its rule."""
    raise NotImplementedError


def dots_at(a, zero):
    """Return an array's partials at the level of a zero Jet; None where it has none."""
    raise NotImplementedError


@overload(values_at)
def _overload_values_at(a, zero):
    if level(a) == level(zero):
        return lambda a, zero: as_ordered(value_view(a))
    return lambda a, zero: as_float(a)


@overload(dots_at)
def _overload_dots_at(a, zero):
    if level(a) == level(zero):
        return lambda a, zero: as_ordered(partials_view(a))
    return lambda a, zero: None


def assemble(r, r_dots, zero):
    """Return results with their tangents as Jets of the type of a zero."""
    raise NotImplementedError


@overload(assemble)
def _overload_assemble(r, r_dots, zero):
    item = zero
    if isinstance(r_dots, types.NoneType):
        return lambda r, r_dots, zero: r
    if isinstance(r, types.BaseTuple):
        return lambda r, r_dots, zero: (
            assemble(r[0], r_dots[0], zero),
            assemble(r[1], r_dots[1], zero),
        )
    if not isinstance(r, types.Array):

        def number(r, r_dots, zero):
            out = empty_array(item, (1,))
            value_view(out)[0] = r
            partials = partials_view(out)
            for k in range(r_dots.size):
                partials[k, 0] = r_dots[k]
            return out[0]

        return number

    def array(r, r_dots, zero):
        out = empty_array(item, r.shape)
        values, partials = value_view(out), partials_view(out)
        for index in np.ndindex(r.shape):
            values[index] = r[index]
        for index in np.ndindex(r_dots.shape):
            partials[index] = r_dots[index]
        return out

    return array


# ---- A rule on arrays of Jets ----


def top_jet(arguments):
    """Return the Jet type of the deepest arrays among the arguments, or None."""
    if not all(isinstance(t, types.Array) for t in arguments) or max(map(level, arguments)) == 0:
        return None
    top = deepest(*arguments)
    found = {t.dtype for t in arguments if level(t) == level(top)}
    if len(found) > 1:
        raise errors.NumbaTypeError(
            f"fastad: an operation got arrays with different numbers of partials, {found}"
        )
    return top


def jet_implementation(rule, arguments):
    """Return what to compile for a rule at some argument types, or None if not ours."""
    item = top_jet(arguments)
    if item is None:
        return None
    # The plain functions, which Numba compiles anew for each type: a dispatcher that is being
    # compiled for Jets cannot be called for their base.
    primal, tangent = rule.primal.py_func, rule.tangent.py_func
    if len(arguments) == 1:

        def unary(a):
            zero = zero_of(item)
            value = values_at(a, zero)
            r = primal(value)
            return assemble(r, tangent(value, r, dots_at(a, zero)), zero)

        return unary

    def binary(a, b):
        zero = zero_of(item)
        left, right = values_at(a, zero), values_at(b, zero)
        r = primal(left, right)
        r_dots = tangent(left, right, r, dots_at(a, zero), dots_at(b, zero))
        return assemble(r, r_dots, zero)

    return binary


def _register(rule):
    function = getattr(np.linalg, rule.name)
    if rule.arity == 1:

        @overload(function)
        def overload_unary(a):
            return jet_implementation(rule, (a,))

    else:

        @overload(function)
        def overload_binary(a, b):
            return jet_implementation(rule, (a, b))


for _name in RULED:
    _register(RULES[_name])


def euclidean(a):
    """Return the square root of the sum of the squares of all items (compiled code)."""
    raise NotImplementedError


@overload(euclidean)
def _overload_euclidean(a):
    return jet_implementation(RULES["norm"], (a,))


@overload(np.linalg.norm, target="cpu")  # tried before Numba's own, which takes any order
def _norm(x, ord=None):
    by_active = isinstance(ord, ActiveType) and isinstance(x, types.Array)
    if not (isinstance(x, ActiveArrayType) or by_active):
        return None
    if ord is None or isinstance(ord, types.NoneType | types.Omitted):
        return lambda x, ord=None: euclidean(x)
    if x.ndim != 1:
        raise errors.NumbaTypeError(
            "fastad: np.linalg.norm of a matrix being differentiated is the Frobenius norm, "
            "without ord"
        )

    if by_active:  # an order that is differentiated: the special orders have no formula for it

        def by_order(x, ord=None):
            if ord == 0 or np.isinf(ord):
                raise ValueError("np.linalg.norm: by this order it is not differentiated")
            return np.sum(np.abs(x) ** ord) ** (1.0 / ord)

        return by_order

    item = x.dtype

    def vector(x, ord=None):
        if x.size == 0:  # Numba's is 0, whatever the order
            return zero_of(item)
        if ord == 0:  # the number of those that are not 0, a step
            total = zero_of(item)
            for v in x:
                total = total + (1.0 if v != 0.0 else 0.0)
            return total
        if ord == 2:
            return euclidean(x)
        if ord == np.inf:
            return np.max(np.abs(x))
        if ord == -np.inf:
            return np.min(np.abs(x))
        if ord == 1:
            return np.sum(np.abs(x))
        return np.sum(np.abs(x) ** ord) ** (1.0 / ord)

    return vector


@overload(np.linalg.eigvalsh)
def _eigvalsh(a):
    return (lambda a: np.linalg.eigh(a)[0]) if isinstance(a, ActiveArrayType) else None


@overload(np.linalg.matrix_power)
def _matrix_power(a, n):
    if not isinstance(a, ActiveArrayType):
        return None

    def power(a, n):
        if a.shape[0] != a.shape[1]:
            raise ValueError("input must be a square array")
        base = np.linalg.inv(a) if n < 0 else a.copy()
        out = np.zeros_like(base)
        for i in range(a.shape[0]):
            out[i, i] = 1.0
        left = abs(n)
        while left > 0:
            if left % 2 == 1:
                out = out @ base
            base = base @ base
            left //= 2
        return out

    return power


def _refuse(name):
    def refuse(a):
        if isinstance(a, ActiveArrayType):
            known = ", ".join(("norm", "eigvalsh", "matrix_power", *RULED))
            raise errors.NumbaTypeError(
                f"fastad: np.linalg.{name} has no derivative rule; those with one are {known}"
            )

    overload(getattr(np.linalg, name))(refuse)


for _name in REFUSED:
    _refuse(_name)
