"""Functions that generated drivers of tape mode call: declare arguments, read results, free.

A driver makes a `fastad.Tape` for each call, which costs 0.1 microseconds, so that any thread may
call it.
"""

import numba
import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic, overload, register_jitable

from ..jit.disk import keep_on_disk
from ..numbers.arrays import empty_array
from ..rules.codegen import compile_source
from ..tape.push import push
from ..tape.tape import Tape
from ..tape.types import VarType, is_recorded
from .results import refuse_tuple_of_arrays
from .seeding import stub

_VAR = VarType(types.float64)

declare = stub("declare", "Return an argument as variables of a tape.")
declare_along = stub("declare_along", "Return an argument as variables that carry a direction.")
unit_like = stub("unit_like", "Return zeros in the shape of an argument, with a one at item k.")
part = stub("part", "Return an argument's part of a gradient, in the argument's shape.")
plain = stub("plain", "Return a result's value without the tape.")
listed = stub("listed", "Return a result's items as a vector of Vars.")


@overload(declare)
def _declare(tape, x):
    if isinstance(x, types.Array):
        return lambda tape, x: tape.variables(x)
    return lambda tape, x: tape.variable(x)


@overload(declare_along)
def _declare_along(tape, x, x_dot):
    if isinstance(x, types.Array):
        return lambda tape, x, x_dot: tape.tangent_variables(x, x_dot)

    def scalar(tape, x, x_dot):
        return tape.tangent_variables(np.full(1, x), np.full(1, x_dot))[0]

    return scalar


@overload(unit_like)
def _unit_like(x, k):
    if not isinstance(x, types.Array):
        return lambda x, k: 1.0 if k == 0 else 0.0

    def array(x, k):
        out = np.zeros(x.shape)
        if 0 <= k < x.size:
            out.flat[k] = 1.0
        return out

    return array


@overload(part)
def _part(gradient, x, offset):
    if not isinstance(x, types.Array):
        return lambda gradient, x, offset: gradient[offset]

    return lambda gradient, x, offset: _part_of(gradient, x.shape, x.size, offset)


@keep_on_disk
@numba.njit
def _part_of(gradient, shape, size, offset):
    return gradient[offset : offset + size].reshape(shape)


@intrinsic
def release(typingctx, control):
    """Free the control block of a dead tape, of which no Vars are left."""

    def codegen(context, builder, signature, args):
        block = builder.inttoptr(args[0], cgutils.voidptr_t)
        context.nrt.free(builder, block)
        return context.get_dummy_value()

    return types.void(types.intp), codegen


@overload(plain)
def _plain(result):
    if isinstance(result, types.BaseTuple):
        parts = ", ".join(f"plain(result[{i}])" for i in range(len(result)))
        return compile_source(f"def over(result):\n    return ({parts},)\n", "over", globals())
    if isinstance(result, types.Array):
        if not is_recorded(result.dtype):
            return lambda result: result

        item = result.dtype.base

        def array(result):
            out = empty_array(item, result.shape)
            for index in np.ndindex(result.shape):
                out[index] = result[index].value
            return out

        return array
    return (lambda result: result.value) if is_recorded(result) else (lambda result: result)


@overload(listed)
def _listed(result):
    if isinstance(result, types.Array):

        def array(result):
            out = empty_array(_VAR, (result.size,))
            for k, item in enumerate(result.flat):
                out[k] = push(item)
            return out

        return array
    if isinstance(result, types.BaseTuple):
        refuse_tuple_of_arrays(result)
        n = len(result)
        lines = ["def from_tuple(result):", f"    out = empty_array(_VAR, ({n},))"]
        lines += [f"    out[{i}] = push(result[{i}])" for i in range(n)]
        source = "\n".join([*lines, "    return out"]) + "\n"
        return compile_source(source, "from_tuple", globals())

    def scalar(result):
        out = empty_array(_VAR, (1,))
        out[0] = push(result)
        return out

    return scalar


# Loops, for assigning a slice to a slice takes Numba seconds to compile.


@register_jitable
def put_row(rows, k, row, begin):
    """Write a row of a matrix from a column on."""
    for i in range(begin, row.size):
        rows[k, i] = row[i]


@register_jitable
def mirror(rows):
    """Copy the upper triangle of a matrix to the lower."""
    for i in range(rows.shape[0]):
        for j in range(i):
            rows[i, j] = rows[j, i]


_FUNCTIONS = (declare, declare_along, unit_like, part, plain, listed, push, put_row, mirror)
NAMES = {f.__name__: f for f in _FUNCTIONS} | {"Tape": Tape, "release": release}
