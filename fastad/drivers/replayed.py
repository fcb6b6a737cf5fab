"""The driver that keeps its recording, on a `fastad.ReplayTape` which the caller holds.

All that a recording depends on is kept with it, in the tape's `key`: the function, the types of the
arguments, the shapes of the differentiated ones, and the contents of the others.  If one of these
differs, or a comparison comes out otherwise, f is recorded anew: so a replay is always one of the
right program.
"""

import hashlib
import itertools

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, overload

from ..arrays.kernels import as_ordered
from ..jit.fingerprint import fingerprint
from ..modes import seeding, tape_runtime
from ..modes.request import Code, NotTaken, nested
from ..modes.restoring import changed_by
from ..modes.seeding import stub
from ..refusals import Misuse
from ..rules.codegen import compile_source, indented
from ..tape.replay import ReplayTape

NAME = "replay"
KINDS = ("replayed", "replayed_strictly")

_unnamed = itertools.count()


def generate(plan, argument_types):
    """Return the code of a driver for some types of its arguments; see `fastad.modes.forward`."""
    if argument_types["tape_"] != ReplayTape.class_type.instance_type:
        raise Misuse(
            f"fastad: {plan.kind}(f) takes a fastad.ReplayTape first, got {argument_types['tape_']}"
        )
    del argument_types["tape_"]
    if nested(argument_types):
        raise NotTaken("a recording holds floats; within another derivative use forward mode")
    others = [p for p in plan.parameters if p not in plan.variables]
    for p in others:
        if not _is_plain(argument_types[p]):
            raise NotTaken(
                f"the argument {p!r} of type {argument_types[p]} cannot be told from another; pass "
                "numbers, bools, arrays or tuples of them"
            )
    changed = changed_by(plan, argument_types)
    data = sorted(changed.written - {*plan.variables})
    if data or changed.random:
        what = f"writes into {data[0]!r}" if data else "draws random numbers"
        raise NotTaken(f"f {what}, and a replay does not: it computes with the recorded data")
    variables = f"({', '.join(plan.variables)},)"
    key = f"{_identity(plan, argument_types)}, {variables}, ({' '.join(f'{p},' for p in others)})"
    seeds = {v: f"{v}_var_" for v in plan.variables}
    record = [
        "tape_.reset()",
        *(f"{v}_var_ = declare_(tape_, {v})" for v in plan.variables),
        f"taped_ = {plan.call(seeds)}",
        plan.refuse("scalar", "taped_"),
        "tape_.output(taped_)",
        f"remember_(tape_, {key})",
    ]
    same, replayed = f"matches_(tape_, {key})", "tape_.replay_point()"
    points = [f"put_point_(tape_, {v}, o_{i})" for i, v in enumerate(plan.variables)]
    lines = [*plan.offsets()]
    if plan.kind == "replayed":
        lines += [
            f"fits_ = {same}",
            "if fits_:",
            *indented([*points, f"fits_ = {replayed}"]),
            "if not fits_:",
            *indented(record),
        ]
    else:
        lines += [
            "if tape_.key[0] == 0:",
            *indented(record),
            f"elif not {same}:",
            '    raise RuntimeError("recorded for another function, shape or other argument")',
            "else:",
            *indented([*points, f"if not {replayed}:"]),
            '        raise RuntimeError("a comparison came out otherwise than when recorded")',
        ]
    parts = plan.tuple_of([f"part_(gradient_, {v}, o_{i})" for i, v in enumerate(plan.variables)])
    lines += ["gradient_ = tape_.gradient()", f"return tape_.value(), {parts}"]
    return Code(lines, NAMESPACE)


def _identity(plan, argument_types):
    """Return a number that stands for the function and the types of its arguments."""
    name = fingerprint(plan.f) or f"unnamed {next(_unnamed)}"
    text = repr((name, plan.argnums, sorted((p, str(t)) for p, t in argument_types.items())))
    return 1 + int(hashlib.sha256(text.encode()).hexdigest()[:15], 16)


def _is_plain(t):
    if isinstance(t, types.BaseTuple):
        return all(map(_is_plain, t))
    if isinstance(t, types.Array):
        t = t.dtype
    if isinstance(t, types.Omitted | types.NoneType):
        return True
    return isinstance(t, types.Integer | types.Float | types.Boolean)


# ---- The key: 64 bits a number ----

matches = stub("matches", "Tell whether a tape's key is that of some arguments.")
remember = stub("remember", "Write the key of some arguments to a tape.")
put_point = stub("put_point", "Write an argument to the tape's values, from an offset on.")
room = stub("room", "Return how many words of a key an argument takes.")
matches_at = stub("matches_at", "Tell whether an argument is that of a key, from a word on.")
remember_at = stub("remember_at", "Write an argument to a key, from a word on.")


@intrinsic
def word_of(typingctx, x):
    """Return the bits of a number as an int64."""

    def codegen(context, builder, signature, args):
        if isinstance(x, types.Float):
            value = context.cast(builder, args[0], x, types.float64)
            return builder.bitcast(value, ir.IntType(64))
        return context.cast(builder, args[0], x, types.int64)

    return types.int64(x), codegen


@overload(room)
def _room(x):
    if isinstance(x, types.BaseTuple):
        parts = "".join(f" + room(x[{i}])" for i in range(len(x)))
        return compile_source(f"def over(x):\n    return 0{parts}\n", "over", {"room": room})
    if isinstance(x, types.Array):
        ndim = x.ndim
        return lambda x: ndim + x.size
    return (lambda x: 0) if isinstance(x, types.NoneType | types.Omitted) else (lambda x: 1)


@overload(matches_at)
def _matches_at(key, k, x):
    if isinstance(x, types.BaseTuple):
        lines = ["def over(key, k, x):"]
        for i in range(len(x)):
            lines.append(f"    if not matches_at(key, k, x[{i}]):")
            lines.append("        return False")
            lines.append(f"    k += room(x[{i}])")
        scope = {"matches_at": matches_at, "room": room}
        return compile_source("\n".join([*lines, "    return True"]) + "\n", "over", scope)
    if isinstance(x, types.Array):
        ndim = x.ndim

        def array(key, k, x):
            for axis in range(ndim):
                if key[k + axis] != x.shape[axis]:
                    return False
            items = as_ordered(x).reshape(x.size)
            differ = False
            for i in range(items.size):
                differ |= key[k + ndim + i] != word_of(items[i])
            return not differ

        return array
    if isinstance(x, types.NoneType | types.Omitted):
        return lambda key, k, x: True
    return lambda key, k, x: key[k] == word_of(x)


@overload(remember_at)
def _remember_at(key, k, x):
    if isinstance(x, types.BaseTuple):
        lines = ["def over(key, k, x):", "    pass"]
        for i in range(len(x)):
            lines.append(f"    remember_at(key, k, x[{i}])")
            lines.append(f"    k += room(x[{i}])")
        scope = {"remember_at": remember_at, "room": room}
        return compile_source("\n".join(lines) + "\n", "over", scope)
    if isinstance(x, types.Array):
        ndim = x.ndim

        def array(key, k, x):
            for axis in range(ndim):
                key[k + axis] = x.shape[axis]
            for i, v in enumerate(x.flat):
                key[k + ndim + i] = word_of(v)

        return array
    if isinstance(x, types.NoneType | types.Omitted):
        return lambda key, k, x: None

    def number(key, k, x):
        key[k] = word_of(x)

    return number


shape_key = stub("shape_key", "Return the shapes of arrays, 0 for a number, as a tuple.")


@overload(shape_key)
def _shape_key(variables):
    parts = ", ".join(
        f"variables[{i}].shape" if isinstance(t, types.Array) else "0"
        for i, t in enumerate(variables)
    )
    return compile_source(f"def over(variables):\n    return ({parts},)\n", "over", {})


@overload(matches)
def _matches(tape, identity, variables, others):
    def same(tape, identity, variables, others):
        key = tape.key
        if key[0] != identity:
            return False
        shapes = shape_key(variables)
        return matches_at(key, 1, shapes) and matches_at(key, 1 + room(shapes), others)

    return same


@overload(remember)
def _remember(tape, identity, variables, others):
    def write(tape, identity, variables, others):
        shapes = shape_key(variables)
        key = np.empty(1 + room(shapes) + room(others), np.int64)
        key[0] = identity
        remember_at(key, 1, shapes)
        remember_at(key, 1 + room(shapes), others)
        tape.key = key

    return write


@overload(put_point)
def _put_point(tape, x, offset):
    if not isinstance(x, types.Array):

        def number(tape, x, offset):
            tape.values[1 + offset] = x

        return number

    def array(tape, x, offset):
        values = tape.values
        for i, v in enumerate(x.flat):
            values[1 + offset + i] = v

    return array


NAMESPACE = {f"{k}_": v for k, v in (seeding.NAMES | tape_runtime.NAMES).items()} | {
    "matches_": matches,
    "remember_": remember,
    "put_point_": put_point,
}
