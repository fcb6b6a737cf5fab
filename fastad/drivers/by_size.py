"""Forward or reverse mode by the number of variables, which is known when a driver is called.

Both are compiled.  The limits were measured (``python -m benchmarks.derivatives.modes``): a pass
of 8 partials costs about 2.5 times f, a recording with its sweep 4 to 10 times, the adjoint
of the source 1.5 to 3 times.  The tape is for functions that the source mode does not take.
"""

from collections.abc import Callable
from typing import NamedTuple

from ..modes import forward as forward_mode
from ..modes import restoring
from ..modes import tape as tape_mode
from ..modes.request import Code, NotTaken
from ..rules.codegen import indented
from . import source as source_mode

NAME = "forward or tape"


class Pair(NamedTuple):
    """A mode that consists of two others, between which sizes decide at run time."""

    NAME: str
    generate: Callable


LIMITS = {"grad": 16, "value_and_grad": 16, "vjp": 16, "hvp": 16, "jacobian": 16, "hessian": 24}
WIDE = 5  # a Jacobian at least this many times as wide as high is taken by sweeps over a tape,
WIDE_SOURCE = 8  # or this many times by sweeps of the source's adjoint, each of which runs f again


def generate(plan, argument_types):
    """Return the code of a driver for some types of its arguments; see `fastad.modes.forward`."""
    if plan.kind not in LIMITS:
        raise NotTaken("one direction takes one pass of forward mode")
    taped = tape_mode.generate(plan, argument_types)
    try:
        passes = forward_mode.generate(plan, argument_types)
    except NotTaken as error:  # f changes an argument that cannot be put back between passes
        return taped._replace(mode=tape_mode.NAME, why=f"forward: {error}")
    limit, count = LIMITS[plan.kind], f"o_{len(plan.variables)}"
    offsets = plan.offsets()
    forward = [line for line in passes.lines if line not in offsets]
    tape = [line for line in taped.lines if line not in offsets]
    if plan.kind == "jacobian":
        cut = len(tape_mode.record(plan)) - len(offsets)
        restored = restoring.Restored(plan, argument_types)
        recorded = f"{count} > {limit}"
        lines = [
            *offsets,
            *restored.before(recorded),
            f"if {recorded}:",
            *indented(tape[:cut]),
            f"    if {WIDE} * listed_(taped_).size <= {count}:",
            *indented(indented(tape[cut:])),
            "    release_(control_)",
            *indented(restored.again()),
            *forward,
        ]
        rule = f"the tape beyond {limit} variables for a result {WIDE} times as short"
    else:
        lines = [*offsets, f"if {count} <= {limit}:", *indented(forward), *tape]
        rule = f"forward up to {limit} variables, beyond the tape"
    return Code(lines, passes.namespace | taped.namespace, why=rule)


def _short_results(plan, argument_types):
    """Return the code of a Jacobian: adjoint sweeps if the result is short, else forward mode."""
    swept = source_mode.generate(plan, argument_types)
    if swept.rows.single:
        return swept._replace(mode=source_mode.NAME, why="the result is a number: one sweep")
    passes = forward_mode.generate(plan, argument_types)
    limit, count = LIMITS[plan.kind], f"o_{len(plan.variables)}"
    restored = restoring.Restored(plan, argument_types)
    counted = [line for line in swept.rows.counted if line not in plan.offsets()]
    body = [
        *plan.offsets(),
        f"if {count} > {limit}:",
        *indented(counted),
        f"    if {WIDE_SOURCE} * height_ <= {count}:",
        *indented(indented(swept.rows.swept)),
        *indented(restored.again()),
        *(line for line in passes.lines if line not in plan.offsets()),
    ]
    why = f"source beyond {limit} variables for a result {WIDE_SOURCE} times as short"
    namespace = passes.namespace | swept.namespace
    return Code(body, namespace, swept.preamble, why=why)


SHORT_RESULTS = Pair("forward or source", _short_results)
