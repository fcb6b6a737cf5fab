"""Functions that generated drivers call: to seed arguments, and to read derivatives.

A driver's arguments may hold Jets themselves, if it is called from a function that is being
differentiated.  So all results are of the *base* type: the deepest one among the arguments, or
float64.
"""

import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic, overload

from ..numbers.arrays import copy_of, depth, empty_array, empty_as, zero_of
from ..numbers.jet import ActiveType, Jet, JetType, deepest, level, scale
from ..refusals import Misuse
from ..rules.codegen import compile_source
from .results import refuse_no_float, refuse_no_scalar, refuse_tuple_of_arrays


def stub(name, documentation):
    def function(*arguments):
        raise NotImplementedError(f"{name} is for compiled code")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = documentation
    return function


base_zero = stub("base_zero", "Return zero of the deepest type among a tuple of arguments.")
count = stub("count", "Return the number of variables in an argument: 1 or the array's size.")
seed_unit = stub("seed_unit", "Return an argument with unit tangents in a window of variables.")
seed_along = stub("seed_along", "Return an argument with the tangent given for each item.")
cotangent = stub("cotangent", "Return zeros in the shape of an argument, of the base.")
gather = stub("gather", "Write the window's partials of a scalar result into a cotangent.")
value_of = stub("value_of", "Return a result without its partials at this level.")
tangent_of = stub("tangent_of", "Return the first partial of each item of a result.")
flat = stub("flat", "Return a result's items at this level as one array, values first row.")
weigh = stub("weigh", "Return the sum of a result's items times weights of its shape.")


@overload(base_zero)
def _base_zero(arguments):
    item = _deepest_number(arguments)
    return lambda arguments: zero_of(item)


def _deepest_number(t):
    """Return the deepest type of number in a type: Vars are deeper than Jets."""
    if isinstance(t, types.BaseTuple):
        return max(map(_deepest_number, t), key=depth, default=types.float64)
    item = getattr(t, "dtype", t)
    return item.item if isinstance(item, ActiveType) else types.float64


@overload(count)
def _count(x):
    if isinstance(x, types.Array):
        return lambda x: x.size
    return lambda x: 1


@intrinsic
def unit_jet(typingctx, value, proto, k):
    """Return a Jet of the type of ``proto`` with a value and the k-th partial 1, the others 0."""
    jet_type = proto

    def codegen(context, builder, signature, args):
        base = jet_type.base
        jet = cgutils.create_struct_proxy(jet_type)(context, builder)
        jet.value = context.cast(builder, args[0], signature.args[0], base)
        one = context.cast(builder, context.get_constant(types.float64, 1.0), types.float64, base)
        zero = cgutils.get_null_value(one.type)
        partials = cgutils.get_null_value(jet.partials.type)
        index = context.cast(builder, args[2], signature.args[2], types.intp)
        # A chain of selects, without memory, which LLVM folds if k is known.
        for i in range(jet_type.n):
            hit = builder.icmp_signed("==", index, context.get_constant(types.intp, i))
            partials = builder.insert_value(partials, builder.select(hit, one, zero), i)
        jet.partials = partials
        return jet._getvalue()

    return jet_type(value, proto, k), codegen


@overload(seed_unit)
def _seed_unit(x, proto, offset):
    """``offset`` is the index of the argument's first variable, counted from the window's first."""
    if not isinstance(x, types.Array):
        return lambda x, proto, offset: unit_jet(x, proto, offset)
    item = proto

    def array(x, proto, offset):
        out = empty_as(item, x)
        k = offset
        for index in np.ndindex(x.shape):
            out[index] = unit_jet(x[index], proto, k)
            k += 1
        return out

    def vector(x, proto, offset):
        out = empty_as(item, x)
        for i in range(x.size):
            out[i] = unit_jet(x[i], proto, offset + i)
        return out

    return vector if x.ndim == 1 else array


@overload(seed_along)
def _seed_along(x, x_dot, base):
    item = JetType(deepest(base), 1)
    if isinstance(x, types.Array) != isinstance(x_dot, types.Array):
        raise Misuse(
            f"fastad: a tangent has the shape of its argument; got {x_dot} for an argument {x}"
        )
    if not isinstance(x, types.Array):
        return lambda x, x_dot, base: Jet(x + base, (x_dot + base,))

    def array(x, x_dot, base):
        if x.shape != x_dot.shape:
            raise ValueError("fastad: a tangent must have the shape of its argument")
        out = empty_as(item, x)
        for index in np.ndindex(x.shape):
            out[index] = Jet(x[index] + base, (x_dot[index] + base,))
        return out

    return array


@overload(cotangent)
def _cotangent(x, base):
    if not isinstance(x, types.Array):
        return lambda x, base: base
    item = deepest(base)

    def array(x, base):
        out = empty_array(item, x.shape)
        for index in np.ndindex(x.shape):
            out[index] = base
        return out

    return array


def at_level(result, proto):
    """Tell whether a result's scalar depends on this level's seeds."""
    return isinstance(result, JetType) and level(result) == level(proto)


@overload(gather)
def _gather(x_bar, result, proto, offset):
    """Fill the entries of a window in a cotangent, an array in place; return the cotangent."""
    if not at_level(result, proto):
        return lambda x_bar, result, proto, offset: x_bar
    n = proto.n
    if not isinstance(x_bar, types.Array):

        def scalar(x_bar, result, proto, offset):
            if 0 <= offset < n:
                return result.partials[offset]
            return x_bar

        return scalar

    def array(x_bar, result, proto, offset):
        items = x_bar.reshape(x_bar.size)
        for k in range(max(0, offset), min(n, x_bar.size + offset)):
            items[k - offset] = result.partials[k]
        return x_bar

    return array


@overload(value_of)
def _value_of(result, proto):
    if isinstance(result, types.BaseTuple):
        return _over_tuple("value_of", result)
    if isinstance(result, types.Array):
        if level(result) < level(proto):
            return lambda result, proto: result
        item = result.dtype.base

        def array(result, proto):
            out = empty_array(item, result.shape)
            for index in np.ndindex(result.shape):
                out[index] = result[index].value
            return out

        return array
    if at_level(result, proto):
        return lambda result, proto: result.value
    return lambda result, proto: result


@overload(tangent_of)
def _tangent_of(result, proto):
    if isinstance(result, types.BaseTuple):
        return _over_tuple("tangent_of", result)
    base = proto.base
    if isinstance(result, types.Array):
        moving = level(result) >= level(proto)

        def array(result, proto):
            out = empty_array(base, result.shape)
            for index in np.ndindex(result.shape):
                out[index] = result[index].partials[0]
            return out

        def still(result, proto):
            out = empty_array(base, result.shape)
            for index in np.ndindex(result.shape):
                out[index] = zero_of(base)
            return out

        return array if moving else still
    if at_level(result, proto):
        return lambda result, proto: result.partials[0]
    return lambda result, proto: zero_of(base)


def _over_tuple(name, result):
    parts = ", ".join(f"{name}(result[{i}], proto)" for i in range(len(result)))
    source = f"def over_tuple(result, proto):\n    return ({parts},)\n"
    return compile_source(source, "over_tuple", globals())


@overload(flat)
def _flat(result, proto):
    """Return the items as a vector of Jets of this level."""
    item = proto
    if isinstance(result, types.Array):

        def array(result, proto):
            out = empty_array(item, (result.size,))
            for k, v in enumerate(result.flat):
                out[k] = v
            return out

        return array
    if isinstance(result, types.BaseTuple):
        refuse_tuple_of_arrays(result)
        lines = [
            "def from_tuple(result, proto):",
            f"    out = empty_array(item, ({len(result)},))",
            *(f"    out[{i}] = result[{i}]" for i in range(len(result))),
            "    return out",
        ]
        source = "\n".join(lines) + "\n"
        return compile_source(source, "from_tuple", globals() | {"item": item})

    def scalar(result, proto):
        out = empty_array(item, (1,))
        out[0] = result
        return out

    return scalar


shape_of = stub("shape_of", "Return a result's shape: () for a scalar, (n,) for a tuple.")


@overload(shape_of)
def _shape_of(result):
    if isinstance(result, types.Array):
        return lambda result: result.shape
    if isinstance(result, types.BaseTuple):
        n = len(result)
        return lambda result: (n,)
    return lambda result: ()


def refuse_other_shape(weights, result):
    """Refuse, by their types, a cotangent that cannot have the shape of the result."""
    axes = [t.ndim if isinstance(t, types.Array) else 0 for t in (weights, result)]
    odd = types.Sequence | types.BaseTuple
    if axes[0] == axes[1] and not isinstance(weights, odd) and not isinstance(result, odd):
        return
    got, wanted = (f"a {n}d array" if n else "a number" for n in axes)
    got = str(weights) if isinstance(weights, odd) else got
    wanted = str(result) if isinstance(result, odd) else wanted
    raise Misuse(f"fastad: a cotangent must have the shape of the result, {wanted}; got {got}")


@overload(weigh)
def _weigh(result, weights):
    if isinstance(result, types.BaseTuple) and isinstance(weights, types.Array | types.BaseTuple):
        terms = " + ".join(f"weigh(result[{i}], weights[{i}])" for i in range(len(result)))
        message = "fastad: a cotangent must have as many items as the result"
        if isinstance(weights, types.BaseTuple) and len(weights) != len(result):
            raise Misuse(f"{message}, {len(result)}; got {len(weights)}")
        source = (
            "def over_tuple(result, weights):\n"
            f"    if len(weights) != {len(result)}:\n"
            f"        raise ValueError({message!r})\n"
            f"    return {terms or '0.0'}\n"
        )
        return compile_source(source, "over_tuple", globals())
    refuse_other_shape(weights, result)
    if not isinstance(result, types.Array):
        return lambda result, weights: scale(result, weights)

    def array(result, weights):
        if result.shape != weights.shape:
            raise ValueError("fastad: a cotangent must have the shape of the result")
        total = 0.0
        for index in np.ndindex(result.shape):
            total += scale(result[index], weights[index])  # a weight of 0 is a strong zero
        return total

    return array


scalar_result = stub("scalar_result", "Refuse, when compiling, a result that is no one float.")
float_result = stub("float_result", "Refuse, when compiling, a result that holds no float.")


def _described(function):
    return getattr(function, "literal_value", "f")


@overload(scalar_result, prefer_literal=True)
def _scalar_result(result, function):
    refuse_no_scalar(result, _described(function))
    return lambda result, function: None


@overload(float_result, prefer_literal=True)
def _float_result(result, function):
    refuse_no_float(result, _described(function))
    return lambda result, function: None


zero_jet = stub("zero_jet", "Return a zero Jet over the base: N partials, or as many as needed.")


@overload(zero_jet)
def _zero_jet(base, variables, template):
    """N is the template's length; for scalars only, at most the number of variables."""
    n = len(template)
    if not any(isinstance(t, types.Array) for t in variables):
        n = min(n, len(variables))
    item = JetType(deepest(base), n)
    return lambda base, variables, template: zero_of(item)


width = stub("width", "Return the number of partials of a Jet.")


@overload(width)
def _width(jet):
    n = jet.n
    return lambda jet: n


empty_jacobian = stub("empty_jacobian", "Return the matrix to fill: result items by variables.")


@overload(empty_jacobian)
def _empty_jacobian(rows, columns, proto):
    item = proto.base
    return lambda rows, columns, proto: empty_array(item, (rows, columns))


fill = stub("fill", "Write the window's partials of all result items into a Jacobian.")


@overload(fill)
def _fill(jacobian, items, proto, offset):
    n = proto.n

    def implementation(jacobian, items, proto, offset):
        columns = jacobian.shape[1]
        for row in range(items.size):
            partials = items[row].partials
            for k in range(max(0, offset), min(n, columns + offset)):
                jacobian[row, k - offset] = partials[k]

    return implementation


fill_block = stub("fill_block", "Write a block of a Hessian, and its mirror image.")


@overload(fill_block)
def _fill_block(hessian, result, inner, outer, i0, j0):
    if not (isinstance(result, JetType) and level(result) >= level(inner)):
        return lambda hessian, result, inner, outer, i0, j0: None
    item, n, m = outer, inner.n, outer.n

    def implementation(hessian, result, inner, outer, i0, j0):
        jet = make_like(result, outer)
        size = hessian.shape[0]
        for j in range(min(m, size - j0)):
            column = jet.partials[j].partials
            for i in range(min(n, size - i0)):
                hessian[i0 + i, j0 + j] = column[i]
                hessian[j0 + j, i0 + i] = column[i]

    assert item.base == inner
    return implementation


@intrinsic
def make_like(typingctx, value, proto):
    """Return a value as a Jet of the type of ``proto``."""

    def codegen(context, builder, signature, args):
        return context.cast(builder, args[0], signature.args[0], proto)

    return proto(value, proto), codegen


block = stub("block", "Return a block of a matrix of derivatives in the shapes it is for.")


@overload(block)
def _block(matrix, top, bottom, left, right, rows, columns):
    if len(rows) + len(columns) == 0:
        return lambda matrix, top, bottom, left, right, rows, columns: matrix[top, left]

    def implementation(matrix, top, bottom, left, right, rows, columns):
        if left == 0 and right == matrix.shape[1]:
            return matrix[top:bottom].reshape(rows + columns)
        return matrix[top:bottom, left:right].copy().reshape(rows + columns)

    return implementation


NAMES = {
    f.__name__: f
    for f in (
        *(base_zero, count, seed_unit, seed_along, cotangent, gather, value_of),
        *(tangent_of, flat, weigh, shape_of, scalar_result, float_result, zero_jet, width),
        *(empty_jacobian, fill, fill_block, block, copy_of),
    )
}
