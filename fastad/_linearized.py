"""A driver called while a tape records: its result enters the tape with its Jacobian.

The derivative of a driver's result by its arguments is computed in forward mode, over the
driver, and written as one row of partials for each number in the result.
"""

import numpy as np
from numba.core import types
from numba.extending import overload

from . import _seeding, _taping
from ._codegen import compile_source
from ._plan import CHUNK, Code, Unsupported, taped
from ._seeding import stub
from .jet import level
from .tape_arrays import empty_like_item
from .tape_trace import is_traced
from .tape_types import VarType, is_active, make_var

NAME = "linearized"


def generate(plan, argument_types):
    """Return the code of a driver for some types of its arguments; see `_forward.generate`."""
    if is_traced(_items(argument_types.values())):
        raise Unsupported("a ReplayTape does not record derivatives: use a Tape")
    active = [p for p in plan.everything if taped(argument_types[p])]
    for p in active:
        if isinstance(argument_types[p], types.BaseTuple):
            raise Unsupported(f"the tuple {p!r} holds values that are being differentiated")
    values = {p: f"{p}_value_" for p in active}
    seeds = {p: f"seed_unit_({p}_value_, zero_, o_{i} - start_)" for i, p in enumerate(active)}

    def call(replaced):
        return f"driver_({', '.join(replaced.get(p, p) for p in plan.everything)})"

    held = ", ".join(values.get(p, p) for p in plan.everything)
    lines = [
        *(f"{v} = plain_({p})" for p, v in values.items()),
        f"result_ = {call(values)}",
        "o_0 = 0",
        *(f"o_{i + 1} = o_{i} + count_({p})" for i, p in enumerate(active)),
        f"vars_ = gathered_(({', '.join(active)},), o_{len(active)})",
        f"base_ = base_zero_(({held},))",
        f"zero_ = zero_jet_(base_, ({', '.join(values.values())},), {plan.template(CHUNK)})",
        f"jacobian_ = empty_jacobian_(total_(result_), o_{len(active)}, zero_)",
        f"for start_ in range(0, o_{len(active)}, width_(zero_)):",
        f"    write_columns_({call(seeds)}, zero_, jacobian_, 0, start_)",
        "return on_tape_(result_, jacobian_, 0, vars_)",
    ]
    return Code(lines, NAMESPACE | {"driver_": plan.driver.copy()})


def _items(argument_types):
    for t in argument_types:
        yield from t if isinstance(t, types.BaseTuple) else (getattr(t, "dtype", t),)


total = stub("total", "Return how many numbers a result holds.")
gathered = stub("gathered", "Return the Vars of several arguments as one array.")
write_columns = stub("write_columns", "Write a result's partials to columns of a Jacobian.")
on_tape = stub("on_tape", "Return a result whose numbers are Vars, by rows of a Jacobian.")


def _over_tuple(name, arguments, result, template, joined):
    """Return an implementation that does one part of a tuple after the other."""
    lines = [f"def over_tuple({arguments}):"]
    row, parts = "row", []
    for i in range(len(result)):
        parts.append(template.format(part=f"result[{i}]", row=row))
        row = f"{row} + total(result[{i}])"
    lines.append("    " + joined(parts))
    return compile_source("\n".join(lines) + "\n", "over_tuple", globals())


@overload(total)
def _total(result):
    if isinstance(result, types.BaseTuple):
        parts = " + ".join(["0", *(f"total(result[{i}])" for i in range(len(result)))])
        return compile_source(f"def over(result):\n    return {parts}\n", "over", globals())
    return (lambda result: result.size) if isinstance(result, types.Array) else (lambda result: 1)


@overload(gathered)
def _gathered(arguments, count):
    item = next(t for t in _items(arguments) if is_active(t))
    item = item if isinstance(item, VarType) else VarType(item.base)
    lines = [
        "def gather(arguments, count):",
        "    out = empty_like_item(item, (count,))",
        "    k = 0",
    ]
    for i, t in enumerate(arguments):
        if isinstance(t, types.Array):
            lines += [f"    for v in arguments[{i}].flat:", "        out[k] = v", "        k += 1"]
        else:
            lines += [f"    out[k] = arguments[{i}]", "    k += 1"]
    source = "\n".join([*lines, "    return out"]) + "\n"
    return compile_source(source, "gather", globals() | {"item": item})


@overload(write_columns)
def _write_columns(result, proto, jacobian, row, column):
    n = proto.n
    if isinstance(result, types.BaseTuple):
        return _over_tuple(
            "write_columns",
            "result, proto, jacobian, row, column",
            result,
            "write_columns({part}, proto, jacobian, {row}, column)",
            lambda parts: "; ".join(parts) or "pass",
        )
    depends = level(result) >= level(proto)
    if not isinstance(result, types.Array):

        def scalar(result, proto, jacobian, row, column):
            for k in range(min(n, jacobian.shape[1] - column)):
                jacobian[row, column + k] = result.partials[k]

        def constant(result, proto, jacobian, row, column):
            for k in range(min(n, jacobian.shape[1] - column)):
                jacobian[row, column + k] = 0.0

        return scalar if depends else constant

    def array(result, proto, jacobian, row, column):
        for i, item in enumerate(result.flat):
            write_columns(item, proto, jacobian, row + i, column)

    return array


@overload(on_tape)
def _on_tape(result, jacobian, row, variables):
    if isinstance(result, types.BaseTuple):
        return _over_tuple(
            "on_tape",
            "result, jacobian, row, variables",
            result,
            "on_tape({part}, jacobian, {row}, variables)",
            lambda parts: f"return ({', '.join(parts)},)",
        )
    item = variables.dtype
    if isinstance(result, types.Array):

        def array(result, jacobian, row, variables):
            out = empty_like_item(item, result.shape)
            k = row
            for index in np.ndindex(result.shape):
                out[index] = on_tape(result[index], jacobian, k, variables)
                k += 1
            return out

        return array

    def scalar(result, jacobian, row, variables):
        s = make_var(0.0 * result, 0, 0)
        for k in range(variables.size):
            s = s + jacobian[row, k] * variables[k]
        return make_var(result, s.id, s.tape)

    return scalar


NAMESPACE = {
    f"{f.__name__}_": f for f in (total, gathered, write_columns, on_tape, _taping.plain)
} | {f"{k}_": v for k, v in _seeding.NAMES.items()}
