"""A function that is called while a tape records: its result is recorded with its Jacobian.

That is done for drivers, and for functions with rules of their own (`fastad.custom_jvp`).  The
derivatives are computed in forward mode, and written to the tape as one row of partials for each
number in the result.
"""

import numpy as np
from numba.core import types
from numba.extending import overload

from ..numbers.arrays import empty_array
from ..numbers.jet import level
from ..rules.codegen import compile_source, indented
from ..tape.trace import is_traced
from ..tape.types import VarType, is_recorded, make_var, taped
from . import restoring, seeding, tape_runtime
from .request import CHUNK, Code, NotTaken
from .rule_shapes import shaped_as
from .seeding import stub

NAME = "linearized"


def generate(plan, argument_types):
    """Return the code of a driver for some types of its arguments; see `fastad.modes.forward`."""
    template = plan.template(CHUNK)
    restored = restoring.Restored(plan, argument_types)
    return Code(*lines(plan.everything, argument_types, plan.driver, template, restored))


def opened(parameters, argument_types, template=f"({'0.0, ' * CHUNK})"):
    """Return (lines that take Vars apart, names of arguments with Vars, names of their values)."""
    if is_traced(list(_items(argument_types.values()))):
        raise NotTaken("a ReplayTape does not record this: use a Tape")
    active = [p for p in parameters if taped(argument_types[p])]
    for p in active:
        if isinstance(argument_types[p], types.BaseTuple):
            raise NotTaken(f"the tuple {p!r} holds values that are being differentiated")
    values = {p: f"{p}_value_" for p in active}
    held = ", ".join(values.get(p, p) for p in parameters)
    opening = [
        *(f"{v} = plain_({p})" for p, v in values.items()),
        "o_0 = 0",
        *(f"o_{i + 1} = o_{i} + count_({p})" for i, p in enumerate(active)),
        f"vars_ = gathered_(({', '.join(active)},), o_{len(active)})",
        f"base_ = base_zero_(({held},))",
        f"zero_ = zero_jet_(base_, ({', '.join(values.values())},), {template})",
    ]
    return opening, active, values


def lines(parameters, argument_types, function, template=f"({'0.0, ' * CHUNK})", restored=None):
    """Return the lines, and their globals, that call a function with Vars."""
    opening, active, values = opened(parameters, argument_types, template)
    for p in active:
        if restored and p in restored.written:
            raise NotTaken(
                f"the function of a driver writes into {p!r}, whose values are being "
                "differentiated; pass a copy: np.copy(...)"
            )
    seeds = {p: f"seed_unit_({p}_value_, zero_, o_{i} - start_)" for i, p in enumerate(active)}

    def call(replaced):
        return f"function_({', '.join(replaced.get(p, p) for p in parameters)})"

    body = [
        *opening,
        *(restored.before("True") if restored else ()),
        f"result_ = {call(values)}",
        f"jacobian_ = empty_jacobian_(total_(result_), o_{len(active)}, zero_)",
        f"for start_ in range(0, o_{len(active)}, width_(zero_)):",
        *(indented(restored.again()) if restored else ()),
        f"    write_columns_({call(seeds)}, zero_, jacobian_, 0, start_)",
        "return on_tape_(result_, jacobian_, 0, vars_)",
    ]
    return body, NAMESPACE | restoring.NAMES | {"function_": function}


def _items(argument_types):
    for t in argument_types:
        yield from t if isinstance(t, types.BaseTuple) else (getattr(t, "dtype", t),)


total = stub("total", "Return how many numbers a result holds.")
item_of = stub("item_of", "Return the k-th number of a result.")
gathered = stub("gathered", "Return the Vars of several arguments as one array.")
write_columns = stub("write_columns", "Write a result's partials to columns of a Jacobian.")
put_partials = stub("put_partials", "Write the cotangent of x, or None, to a row of a Jacobian.")
on_tape = stub("on_tape", "Return a result whose numbers are Vars, by rows of a Jacobian.")


def _over_tuple(arguments, result, template, joined):
    """Return an implementation that handles the parts of a tuple one after the other."""
    row, parts = "row", []
    for i in range(len(result)):
        parts.append(template.format(part=f"result[{i}]", row=row))
        row = f"{row} + total(result[{i}])"
    source = f"def over_tuple({arguments}):\n    {joined(parts)}\n"
    return compile_source(source, "over_tuple", globals())


@overload(total)
def _total(result):
    if isinstance(result, types.BaseTuple):
        parts = " + ".join(["0", *(f"total(result[{i}])" for i in range(len(result)))])
        return compile_source(f"def over(result):\n    return {parts}\n", "over", globals())
    return (lambda result: result.size) if isinstance(result, types.Array) else (lambda result: 1)


@overload(item_of)
def _item_of(result, k):
    if isinstance(result, types.BaseTuple):
        body = ["def over(result, k):"]
        for i in range(len(result)):
            body += [
                f"    if k < total(result[{i}]):",
                f"        return 1.0 * item_of(result[{i}], k)",
                f"    k -= total(result[{i}])",
            ]
        body.append("    raise IndexError('no such number')")
        return compile_source("\n".join(body) + "\n", "over", globals())
    if isinstance(result, types.Array):
        return lambda result, k: result.flat[k]
    return lambda result, k: result


@overload(gathered)
def _gathered(arguments, count):
    item = next(t for t in _items(arguments) if is_recorded(t))
    item = item if isinstance(item, VarType) else VarType(item.base)
    body = ["def gather(arguments, count):", "    k = 0"]
    body.append("    out = empty_array(item, (count,))")
    for i, t in enumerate(arguments):
        if isinstance(t, types.Array):
            body += [f"    for v in arguments[{i}].flat:", "        out[k] = v", "        k += 1"]
        else:
            body += [f"    out[k] = arguments[{i}]", "    k += 1"]
    source = "\n".join([*body, "    return out"]) + "\n"
    return compile_source(source, "gather", globals() | {"item": item})


@overload(write_columns)
def _write_columns(result, proto, jacobian, row, column):
    n = proto.n
    if isinstance(result, types.BaseTuple):
        return _over_tuple(
            "result, proto, jacobian, row, column",
            result,
            "write_columns({part}, proto, jacobian, {row}, column)",
            lambda parts: "; ".join(parts) or "pass",
        )
    if isinstance(result, types.Array):

        def array(result, proto, jacobian, row, column):
            for i, item in enumerate(result.flat):
                write_columns(item, proto, jacobian, row + i, column)

        return array

    def scalar(result, proto, jacobian, row, column):
        for k in range(min(n, jacobian.shape[1] - column)):
            jacobian[row, column + k] = result.partials[k]

    def constant(result, proto, jacobian, row, column):
        for k in range(min(n, jacobian.shape[1] - column)):
            jacobian[row, column + k] = 0.0

    return scalar if level(result) >= level(proto) else constant


@overload(put_partials)
def _put_partials(bar, x, jacobian, row, column):
    if bar == types.none:

        def zeros(bar, x, jacobian, row, column):
            for k in range(total(x)):
                jacobian[row, column + k] = 0.0

        return zeros
    if isinstance(bar, types.Array):

        def array(bar, x, jacobian, row, column):
            for k, v in enumerate(shaped_as(bar, x).flat):
                jacobian[row, column + k] = v

        return array

    def scalar(bar, x, jacobian, row, column):
        jacobian[row, column] = shaped_as(bar, x)

    return scalar


@overload(on_tape)
def _on_tape(result, jacobian, row, variables):
    if isinstance(result, types.BaseTuple):
        return _over_tuple(
            "result, jacobian, row, variables",
            result,
            "on_tape({part}, jacobian, {row}, variables)",
            lambda parts: f"return ({', '.join(parts)},)",
        )
    item = variables.dtype
    if isinstance(result, types.Array):

        def array(result, jacobian, row, variables):
            out = empty_array(item, result.shape)
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


_FUNCTIONS = (total, gathered, write_columns, on_tape, tape_runtime.plain)
NAMESPACE = {f"{f.__name__}_": f for f in _FUNCTIONS}
NAMESPACE |= {f"{k}_": v for k, v in seeding.NAMES.items()}
