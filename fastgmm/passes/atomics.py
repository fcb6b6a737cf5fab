"""What threads of compiled code agree by, and calls of compiled functions by their address.

Numba has neither. An address is that of one process, so it is an argument: what calls by it is kept
on disk like any other compiled function, and what is called is compiled, and optimised, once.
"""

from llvmlite import ir
from numba import typeof
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_borrowed, impl_ret_untracked
from numba.extending import intrinsic

_ORDERING = "seq_cst"


def _place(context, builder, array_type, array, index):
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index])


@intrinsic
def fetch_add(typingctx, array, index, value):
    """Add to a number of an int64 array (., C) at once for all threads; return what it was."""

    def codegen(context, builder, signature, arguments):
        array, index, value = arguments
        place = _place(context, builder, signature.args[0], array, index)
        return builder.atomic_rmw("add", place, value, _ORDERING)

    return types.int64(array, types.int64, types.int64), codegen


@intrinsic
def exchange_if(typingctx, array, index, expected, value):
    """Set a number of an int64 array (., C) to `value` if it is `expected`; tell whether it was."""

    def codegen(context, builder, signature, arguments):
        array, index, expected, value = arguments
        place = _place(context, builder, signature.args[0], array, index)
        found = builder.cmpxchg(place, expected, value, _ORDERING, _ORDERING)
        return builder.extract_value(found, 1)

    return types.boolean(array, types.int64, types.int64, types.int64), codegen


def address_of(dispatcher, arguments):
    """Return the address of a function compiled for arguments of these types."""
    dispatcher.compile(arguments)
    compiled = dispatcher.overloads[arguments]
    return compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)


@intrinsic
def call_at(typingctx, address, arguments, result):
    """Call the function at an address (see `address_of`) with a tuple of arguments.

    It returns what is of the type of `result`, and raises nothing. That it was compiled for
    arguments of just these types is for the caller to see to.
    """
    plain, returned = tuple(map(types.unliteral, arguments.types)), types.unliteral(result)

    def codegen(context, builder, signature, values):
        address, packed, _ = values
        unpacked = cgutils.unpack_tuple(builder, packed, len(plain))
        kind = context.call_conv.get_function_type(returned, plain)
        pointer = builder.inttoptr(address, ir.PointerType(kind))
        _, out = context.call_conv.call_function(builder, pointer, returned, plain, unpacked)
        return impl_ret_untracked(context, builder, returned, out)

    return returned(types.int64, types.BaseTuple.from_types(plain), returned), codegen


@intrinsic
def place_of(typingctx, arguments):
    """Return the address of a tuple of arguments: as long as the function runs that asks."""

    def codegen(context, builder, signature, values):
        place = cgutils.alloca_once_value(builder, values[0])
        return builder.ptrtoint(place, context.get_value_type(types.int64))

    return types.int64(arguments), codegen


@intrinsic
def at_place(typingctx, pointer):
    """Return the tuple of arguments at a place (see `place_of`), of a `pointer_type`."""

    def codegen(context, builder, signature, values):
        kind = ir.PointerType(context.get_value_type(pointer.dtype))
        value = builder.load(builder.bitcast(values[0], kind))
        return impl_ret_borrowed(context, builder, pointer.dtype, value)

    return pointer.dtype(pointer), codegen


def pointer_type(arguments):
    """Return the type by which a function is told what is at a place that it gets as a number."""
    return types.CPointer(typeof(arguments))


@intrinsic
def as_pointer(typingctx, place):
    """Return a place as what a function that takes a pointer is called with by its address."""

    def codegen(context, builder, signature, values):
        return builder.inttoptr(values[0], context.get_value_type(types.voidptr))

    return types.voidptr(types.int64), codegen
