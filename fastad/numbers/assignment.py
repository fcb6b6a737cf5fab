"""Writes of whole arrays into arrays: ``target[...] = value`` and ``target[...] += value``.

Numba's own implementations take two to three seconds of CPU to compile, in every process and for
each number of dimensions, because their error message formats the shapes. The message here is that
of Numba's other targets, without the shapes.

They are intrinsics because around these compiled code counts no references, which would cost more
than to write a row of numbers.
"""

from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np import arrayobj

from ..rules.codegen import compile_source


@intrinsic
def assign(typingctx, target, value):
    """Write an array, broadcast, or a number into an array: ``target[...] = value``.

    As in NumPy, a value that may share memory with the target is copied first.
    """

    def copied(target, value):
        assign_apart(target, value.copy())

    def codegen(context, builder, signature, args):
        apart = _item_by_item(*signature.args, "=")
        if not isinstance(signature.args[1], types.Array):
            context.compile_internal(builder, apart, signature, args)
            return context.get_dummy_value()
        with builder.if_else(_meet(context, builder, signature, args)) as (then, otherwise):
            with then:
                context.compile_internal(builder, copied, signature, args)
            with otherwise:
                context.compile_internal(builder, apart, signature, args)
        return context.get_dummy_value()

    return types.none(target, value), codegen


@intrinsic
def assign_apart(typingctx, target, value):
    """`assign` for a value that shares no memory with the target."""
    return types.none(target, value), _written("=")


@intrinsic
def add_into(typingctx, target, value):
    """Add an array, broadcast, or a number to an array in place: ``target[...] += value``.

    Legal where the two share no memory, or each item is added to itself: as in Numba, each item is
    written before the next one is read.
    """
    return types.none(target, value), _written("+=")


def _written(operator):
    def codegen(context, builder, signature, args):
        write = _item_by_item(*signature.args, operator)
        context.compile_internal(builder, write, signature, args)
        return context.get_dummy_value()

    return codegen


def _meet(context, builder, signature, args):
    """Emit the test whether the memory that two arrays span overlaps."""
    ends = []
    for t, x in zip(signature.args, args, strict=True):
        array = arrayobj.make_array(t)(context, builder, x)
        shape = cgutils.unpack_tuple(builder, array.shape)
        strides = cgutils.unpack_tuple(builder, array.strides)
        ends += arrayobj.get_array_memory_extents(
            context, builder, t, array, shape, strides, array.data
        )
    return arrayobj.extents_may_overlap(context, builder, *ends)


def _item_by_item(target, value, operator):
    """Return the implementation of a write: loops in the order of the target's memory."""
    n = target.ndim
    if n == 0 or not isinstance(value, types.Array | types.Number | types.Boolean):
        whole = f"def write(target, value):\n    target[...] {operator} value\n"
        return compile_source(whole, "write", {})
    lines = [f"n{k} = target.shape[{k}]" for k in range(n)]
    item = f"target[{', '.join(f'i{k}' for k in range(n))}]"
    if isinstance(value, types.Array):
        lines += _broadcast(target, value, f"{item} {operator} ")
    else:
        lines += _loops(target, f"{item} {operator} value")
    source = "def write(target, value):\n" + "".join(f"    {line}\n" for line in lines)
    return compile_source(source, "write", {})


def _loops(target, statement):
    """Return the lines of loops over a target's items, the innermost over neighbours in memory."""
    axes = range(target.ndim)
    nest = list(reversed(axes) if target.layout == "F" else axes)
    lines = [f"{'    ' * depth}for i{k} in range(n{k}):" for depth, k in enumerate(nest)]
    return [*lines, "    " * len(nest) + statement]


def _broadcast(target, value, statement):
    """Return the lines that check the shape of an array and write its items into a target.

    If the value has more axes than the target, the first ones must have the length 1, as in NumPy.
    """
    first = value.ndim - target.ndim  # the value's axis that belongs to the target's first
    axes = [(k, first + k) for k in range(target.ndim) if first + k >= 0]
    misfits = [f"value.shape[{k}] != 1" for k in range(first)]
    misfits += [f"(value.shape[{j}] != n{k} and value.shape[{j}] != 1)" for k, j in axes]
    before = ["0"] * max(first, 0)
    same = ", ".join([*before, *(f"i{k}" for k, _ in axes)]) or "()"
    spread = ", ".join([*before, *(f"i{k} * s{k}" for k, _ in axes)]) or "()"
    return [
        f"if {' or '.join(misfits) or 'False'}:",
        '    raise ValueError("cannot assign slice from input of different size")',
        f"if {' and '.join(f'value.shape[{j}] == n{k}' for k, j in axes) or 'True'}:",
        *(f"    {line}" for line in _loops(target, f"{statement}value[{same}]")),
        "else:",
        *(f"    s{k} = 0 if value.shape[{j}] == 1 else 1" for k, j in axes),
        *(f"    {line}" for line in _loops(target, f"{statement}value[{spread}]")),
    ]
