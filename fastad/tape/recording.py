"""The implementations of a `Tape`'s methods, which take the address of its control block.

A jitclass, and each function that takes one, is compiled anew in every process. These functions
take plain numbers and arrays, so that their code is kept on disk.
"""

import numba
import numpy as np
from numba.core import types
from numba.extending import register_jitable

from ..jit.disk import keep_on_disk
from ..numbers.arrays import empty_as
from ..numbers.jet import Jet, JetType
from .sweeps import address_of, gradient_along, gradient_of
from .types import (
    ALIVE,
    CAPACITY,
    FIRST_ID,
    LENGTH,
    MAX_TERMS,
    OPERANDS,
    PARTIAL_DOTS,
    PARTIALS,
    SELF,
    VarType,
    below,
    borrow_tape,
    load,
    make_var,
    store,
)

_VAR = VarType(types.float64)
_TANGENT_VAR = VarType(JetType(types.float64, 1))

_LARGEST = 2**31 - 8
_TOO_MANY = "a Tape holds at most 2**31 - 8 statements"
_FIRST_ROOM = 1024


@keep_on_disk
@numba.njit
def larger(array, length, capacity):
    """Return a copy of a table's first ``length`` rows, with room for ``capacity`` rows."""
    out = np.empty((capacity, 2), array.dtype)
    for k in range(length):  # assigning a slice would take seconds more to compile
        out[k, 0], out[k, 1] = array[k, 0], array[k, 1]
    return out


@keep_on_disk
@numba.njit
def new_tables():
    """Return the first operands, partials, dots of partials and adjoints."""
    operands, partials = np.empty((_FIRST_ROOM, 2), np.int32), np.empty((_FIRST_ROOM, 2))
    return operands, partials, np.empty((0, 2)), np.empty(0)


@register_jitable
def tape_of(control):
    """Return the tape of a control block, or raise if it is gone: the block outlives it."""
    if load(control, ALIVE) == 0:
        raise RuntimeError(
            "this Var's Tape is gone: keep the Tape in use (tape.gradient(y) does) until after "
            "the last operation on its Vars"
        )
    return borrow_tape(load(control, SELF))


@keep_on_disk
@numba.njit
def attach(control):
    """Store the addresses of the tape's arrays in its control block."""
    tape = tape_of(control)
    store(control, CAPACITY, tape.partials.shape[0] - MAX_TERMS)  # room for one push
    store(control, OPERANDS, address_of(tape.operands))
    store(control, PARTIALS, address_of(tape.partials))
    store(control, PARTIAL_DOTS, address_of(tape.partial_dots))


@keep_on_disk
@numba.njit
def reserve(control, statements):
    """Make room for a number of statements in all, variables included."""
    tape = tape_of(control)
    length = tape.partials.shape[0]
    if length >= _LARGEST and statements > length:
        raise OverflowError(_TOO_MANY)
    if statements <= length:
        return
    room = min(statements, _LARGEST)
    tape.operands = larger(tape.operands, length, room)
    tape.partials = larger(tape.partials, length, room)
    if tape.has_tangents:
        tape.partial_dots = larger(tape.partial_dots, length, room)
    attach(control)


@keep_on_disk
@numba.njit
def grow(control):
    """Double the room for statements."""
    reserve(control, 2 * tape_of(control).partials.shape[0])


@keep_on_disk
@numba.njit
def declare(control, count, tangents):
    """Declare ``count`` new variables; return the id of the first."""
    tape = tape_of(control)
    n = load(control, LENGTH)
    if n + count > _LARGEST:
        raise OverflowError(_TOO_MANY)
    if n != tape.n_variables + 1:
        raise RuntimeError("declare all variables before the first operation (or after reset)")
    if tape.n_variables > 0 and tangents != tape.has_tangents:
        raise RuntimeError("variables with and without tangents do not mix: reset the Tape")
    if tangents and tape.partial_dots.shape[0] < tape.partials.shape[0]:
        tape.partial_dots = np.empty(tape.partials.shape, np.float64)
        attach(control)
    tape.has_tangents = tangents
    if n + count > tape.partials.shape[0]:
        reserve(control, max(n + count, 2 * tape.partials.shape[0]))
    store(control, LENGTH, n + count)
    tape.n_variables += count
    return load(control, FIRST_ID) + n


@keep_on_disk
@numba.njit
def variable(control, x):
    """Return a new variable with a value."""
    return make_var(1.0 * x, declare(control, 1, False), control)


@keep_on_disk
@numba.njit
def variables(control, x):
    """Return an array of new variables with the values of an array."""
    id_ = declare(control, x.size, False)
    out = empty_as(_VAR, x)
    for index in np.ndindex(x.shape):
        out[index] = make_var(1.0 * x[index], id_, control)
        id_ += 1
    return out


@keep_on_disk
@numba.njit
def tangent_variables(control, x, x_dot):
    """Return an array of new variables with values and tangents."""
    if x.shape != x_dot.shape:
        raise ValueError("x and x_dot must have the same shape")
    id_ = declare(control, x.size, True)
    out = empty_as(_TANGENT_VAR, x)
    for index in np.ndindex(x.shape):
        jet = Jet(1.0 * x[index], (1.0 * x_dot[index],))
        out[index] = make_var(jet, id_, control)
        id_ += 1
    return out


@keep_on_disk
@numba.njit
def top_of(control, id_):
    """Return the index of the statement that computed a Var, 0 for a constant."""
    if id_ == 0:
        return 0
    top = id_ - load(control, FIRST_ID)
    if not below(top, load(control, LENGTH)):
        raise RuntimeError("this Var is from before the Tape's reset, or of another Tape")
    return top


@keep_on_disk
@numba.njit
def gradient(control, id_):
    """Return the derivatives of a Var by all variables."""
    tape = tape_of(control)
    top, n = top_of(control, id_), tape.n_variables
    if tape.adjoints.size <= max(top, n):
        tape.adjoints = np.zeros(tape.partials.shape[0])
    return gradient_of(tape.adjoints, tape.operands, tape.partials, top, n)


@keep_on_disk
@numba.njit
def hvp(control, id_):
    """Return the gradient of a Var and the Hessian's product with the direction."""
    tape = tape_of(control)
    n = tape.n_variables
    if not tape.has_tangents and n > 0:
        raise RuntimeError("hvp needs variables with a direction: tangent_variables(x, x_dot)")
    top = top_of(control, id_)
    if tape.adjoint_dots.size <= max(top, n):
        tape.adjoints = np.zeros(tape.partials.shape[0])
        tape.adjoint_dots = np.zeros(tape.partials.shape[0])
    dots = tape.adjoint_dots
    return gradient_along(
        tape.adjoints, dots, tape.operands, tape.partials, tape.partial_dots, top, n
    )
