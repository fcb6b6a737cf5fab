"""Functions that generated code calls: stacks that grow, arrays of adjoints, adjoints of arrays."""

import numpy as np
from numba.core import errors, types
from numba.cpython.listobj import ListInstance
from numba.extending import intrinsic, overload, register_jitable

from ..modes.rule_shapes import shaped_as
from ..modes.seeding import refuse_other_shape
from ..numbers.arrays import copy_of, depth, empty_array, empty_as, item_at, item_of, place_at
from ..numbers.assignment import add_into, assign, assign_apart
from ..numbers.jet import JetType, deepest, settled
from ..rules.codegen import compile_source


def _stub(name, documentation):
    def function(*arguments):
        raise NotImplementedError(f"{name} is for compiled code")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = documentation
    return function


room = _stub("room", "Return the stack, or a longer one, with room for n values above the top.")
new_stack = _stub("new_stack", "Return an empty stack for values of the type of the base.")
zeros_for = _stub("zeros_for", "Return the adjoints of an array: zeros of its shape and order.")
nonzero = _stub("nonzero", "Tell whether a number, or any partial of it, is not zero.")
fitting = _stub("fitting", "Return the cotangent of an array that is a result, of its shape.")


@overload(room)
def _room(stack, top, n):
    item = stack.dtype

    def implementation(stack, top, n):
        if top + n <= stack.size:
            return stack
        longer = empty_array(item, (2 * stack.size + n,))
        for k in range(top):
            longer[k] = stack[k]
        return longer

    def plain(stack, top, n):
        if top + n <= stack.size:
            return stack
        longer = np.empty(2 * stack.size + n, item)
        for k in range(top):
            longer[k] = stack[k]
        return longer

    return implementation if isinstance(item, JetType) else plain


@overload(new_stack)
def _new_stack(base, n):
    item = deepest(base)
    if isinstance(item, JetType):
        return lambda base, n: empty_array(item, (n,))
    return lambda base, n: np.empty(n)


@overload(zeros_for)
def _zeros_for(x, base):
    """A view of a Fortran-ordered array has its adjoints in a view of the same kind."""
    if not isinstance(x, types.Array):
        return (lambda x, base: base) if isinstance(deepest(base), JetType) else lambda x, base: 0.0
    if isinstance(deepest(base), JetType):
        item = deepest(base)

        def jets(x, base):
            out = empty_as(item, x)
            for index in np.ndindex(x.shape):
                out[index] = base
            return out

        return jets
    if x.layout == "F" and x.ndim > 1:
        return lambda x, base: np.zeros(x.T.shape).T
    return lambda x, base: np.zeros(x.shape)


added = _stub("added", "Add a cotangent, or None, to a number or in place to an array.")


@overload(added)
def _added(bar, part):
    if part == types.none:
        return lambda bar, part: bar
    if not isinstance(bar, types.Array):
        return lambda bar, part: bar + shaped_as(part, bar)

    def arrays(bar, part):
        add_into(bar, shaped_as(part, bar))
        return bar

    return arrays


@overload(fitting)
def _fitting(w, bar):
    refuse_other_shape(w, bar)

    def array(w, bar):
        if w.shape != bar.shape:
            raise ValueError("fastad: a cotangent must have the shape of the result")
        return w

    return array


lifted = _stub("lifted", "Return an array that can hold values of the base, or a number as one.")


@intrinsic
def _as_base(typingctx, x, base):
    def codegen(context, builder, signature, args):
        return context.cast(builder, args[0], signature.args[0], signature.return_type)

    return base(x, base), codegen


@overload(lifted)
def _lifted(x, base):
    item = item_of(base)
    if item is None:
        return lambda x, base: x
    if not isinstance(x, types.Array):
        return lambda x, base: _as_base(float(x), base)

    def active(x, base):
        out = empty_as(item, x)
        for index in np.ndindex(x.shape):
            out[index] = x[index]
        return out

    return active


leave = _stub("leave", "Put the items of an array into another, without the derivatives of Jets.")


@overload(leave)
def _leave(given, made):
    if depth(made.dtype) == depth(given.dtype):

        def same(given, made):
            assign(given, made)

        return same
    if depth(given.dtype) > 0:
        raise errors.NumbaTypeError("fastad: an array of one derivative gets items of another")

    def values(given, made):
        for index in np.ndindex(given.shape):
            given[index] = settled(0.0, made[index])

    return values


@overload(nonzero)
def _nonzero(x):
    if not isinstance(x, JetType):
        return lambda x: x != 0.0

    def jet(x):
        if nonzero(x.value):
            return True
        for p in x.partials:  # noqa: SIM110 (Numba unrolls no generators)
            if nonzero(p):
                return True
        return False

    return jet


saved_for = _stub("saved_for", "Return room for copies of an array.")


@overload(saved_for)
def _saved_for(x, n):
    item = x.dtype
    if isinstance(item, JetType):
        return lambda x, n: empty_array(item, (n,) + x.shape)
    return lambda x, n: np.empty((n,) + x.shape, item)


@register_jitable
def put(kept, place, x):
    """Keep a copy of an array at position ``place`` of a list, which grows if it is too short."""
    while len(kept) <= place:
        kept.append(x)
    kept[place] = copy_of(x)


@intrinsic
def last_of(typingctx, kept):
    """Take the last array off a list, which is not empty.

    The list's reference becomes the caller's, without counting. `list.pop` takes a reference and
    gives one back, by atomic operations that cost as much as the arithmetic on a short array.
    """
    if not isinstance(kept, types.List) or kept.reflected:
        return None

    def codegen(context, builder, signature, args):
        items = ListInstance(context, builder, signature.args[0], args[0])
        size = items.size
        last = builder.sub(size, size.type(1))
        item = items.getitem(last)
        items.zfill(last, size)  # the next append gives back what it finds there
        items.size = last
        return item

    return kept.dtype(kept), codegen


CHUNKS = 16  # chunks of a loop under prange; up to 64 if each has at least 64 iterations


@register_jitable
def chunks_of(iterations):
    """Return the number of chunks that a loop's iterations are cut into."""
    return min(iterations, max(CHUNKS, min(64, iterations // 64)))


@register_jitable
def parts_of(x, chunks):
    """Return zeros like an array, for each chunk."""
    return np.zeros((chunks,) + x.shape, x.dtype)


tangent_for = _stub("tangent_for", "Return a copy of the tangent given for an argument.")


@overload(tangent_for)
def _tangent_for(x, x_dot):
    if not isinstance(x, types.Array):
        return lambda x, x_dot: x_dot + 0.0

    item = x_dot.dtype if isinstance(x_dot.dtype, JetType) else types.float64

    def array(x, x_dot):
        if x.shape != x_dot.shape:
            raise ValueError("fastad: a tangent must have the shape of its argument")
        out = empty_as(item, x)
        assign_apart(out, x_dot)
        return out

    return array


wide = _stub("wide", "Return a number of float32, or a copy of an array of them, as float64.")


@overload(wide)
def _wide(x):
    if not isinstance(x, types.Array):
        return lambda x: np.float64(x)

    item = types.float64

    def array(x):
        out = empty_as(item, x)
        assign_apart(out, x)
        return out

    return array


# Adjoints of array operations that have no row in the tables: ``(x_bar, r_bar, position of
# x, *arguments, r)``; arrays of adjoints are changed in place, a scalar's is returned.


def _array_pull(name):
    return _stub(f"pull_{name}", f"Carry the adjoints of {name} to an argument.")


ARRAY_PULLS = {
    name: _array_pull(name)
    for name in (
        *("copy", "flatten", "ravel", "reshape", "full", "full_like", "where", "sum"),
        *("amin", "amax", "vdot"),
    )
}


@overload(ARRAY_PULLS["copy"])
def _pull_copy(x_bar, r_bar, k, x, r):
    def implementation(x_bar, r_bar, k, x, r):
        for index in np.ndindex(x_bar.shape):
            x_bar[index] += r_bar[index]

    return implementation


@register_jitable
def _in_order(x_bar, r_bar):
    j = 0
    items = r_bar.ravel()
    for index in np.ndindex(x_bar.shape):
        x_bar[index] += items[j]
        j += 1


@overload(ARRAY_PULLS["flatten"])
@overload(ARRAY_PULLS["ravel"])
def _pull_flat(x_bar, r_bar, k, x, r):
    return lambda x_bar, r_bar, k, x, r: _in_order(x_bar, r_bar)


@overload(ARRAY_PULLS["reshape"])
def _pull_reshape(x_bar, r_bar, k, x, shape, r):
    return lambda x_bar, r_bar, k, x, shape, r: _in_order(x_bar, r_bar)


@overload(ARRAY_PULLS["full"])
@overload(ARRAY_PULLS["full_like"])
def _pull_full(x_bar, r_bar, k, like, value, *rest):
    def implementation(x_bar, r_bar, k, like, value, *rest):  # rest: a dtype, the result
        total = x_bar
        for index in np.ndindex(r_bar.shape):
            total += r_bar[index]
        return total

    return implementation


@overload(ARRAY_PULLS["where"])
def _pull_where(x_bar, r_bar, k, condition, x, y, r):
    if isinstance(x_bar, types.Array):

        def array(x_bar, r_bar, k, condition, x, y, r):
            for index in np.ndindex(r_bar.shape):
                if (item_at(condition, index) != 0) == (k == 1):
                    x_bar[place_at(x_bar, index)] += r_bar[index]

        return array

    def scalar(x_bar, r_bar, k, condition, x, y, r):
        total = x_bar
        for index in np.ndindex(r_bar.shape):
            if (item_at(condition, index) != 0) == (k == 1):
                total += r_bar[index]
        return total

    return scalar


@overload(ARRAY_PULLS["sum"], prefer_literal=True)
def _pull_sum(x_bar, r_bar, k, x, axis, r):
    def along_one(x_bar, r_bar, k, x, axis, r):
        for index in np.ndindex(x_bar.shape):
            x_bar[index] += r_bar[_without(index, axis)]

    if isinstance(axis, types.IntegerLiteral):
        return along_one
    # The axis is known when it runs.
    kept = "".join(f"index[{d}] if first > {d} else index[{d + 1}], " for d in range(r_bar.ndim))
    source = f"""
def along_some(x_bar, r_bar, k, x, axis, r):
    first = axis + {x_bar.ndim} if axis < 0 else axis
    for index in np.ndindex(x_bar.shape):
        x_bar[index] += r_bar[({kept})]
"""
    return compile_source(source, "along_some", {"np": np})


@overload(ARRAY_PULLS["amin"])
@overload(ARRAY_PULLS["amax"])
def _pull_extreme(x_bar, r_bar, k, x, r):
    """Add the cotangent of r to the adjoints of the items that are r: they share it equally."""

    def implementation(x_bar, r_bar, k, x, r):
        ties = 0
        for index in np.ndindex(x_bar.shape):
            if x[index] == r:
                ties += 1
        share = r_bar / max(ties, 1)
        for index in np.ndindex(x_bar.shape):
            if x[index] == r:
                x_bar[index] += share

    return implementation


pull_taken = _stub("pull_taken", "Carry the adjoints of items taken by an array to their owner.")


@overload(pull_taken)
def _pull_taken(x_bar, r_bar, index):
    def numbers(x_bar, r_bar, index):
        for at in np.ndindex(r_bar.shape):
            x_bar[(index[at[0]],) + at[1:]] += r_bar[at]

    def truths(x_bar, r_bar, index):
        pull_taken(x_bar, r_bar, np.nonzero(index)[0])

    def anything(x_bar, r_bar, index):
        """By the places of the items in memory: the same index chooses among their numbers."""
        places = np.arange(x_bar.size).reshape(x_bar.shape)[index]
        for at in np.ndindex(r_bar.shape):
            x_bar.flat[places[at]] += r_bar[at]

    if isinstance(index, types.BaseTuple) or index.ndim > 1:
        return anything
    return truths if isinstance(index.dtype, types.Boolean) else numbers


@overload(ARRAY_PULLS["vdot"])
def _pull_vdot(x_bar, r_bar, k, x, y, r):
    def implementation(x_bar, r_bar, k, x, y, r):
        other = y if k == 0 else x
        for index in np.ndindex(x_bar.shape):
            x_bar[index] += r_bar * other[index]

    return implementation


@intrinsic
def _without(typingctx, index, axis):
    """Return an index tuple without one axis, known when compiled."""
    if not isinstance(axis, types.IntegerLiteral):
        raise errors.RequireLiteralValue("axis")
    n = len(index)
    drop = axis.literal_value % n
    kept = [i for i in range(n) if i != drop]
    result = types.UniTuple(types.intp, n - 1)

    def codegen(context, builder, signature, args):
        items = [
            context.cast(builder, builder.extract_value(args[0], i), index[i], types.intp)
            for i in kept
        ]
        return context.make_tuple(builder, result, items)

    return result(index, axis), codegen
