"""Forward mode or the tape by the number of variables, which is known when called.

Both are compiled.  The limits were measured (``python -m benchmarks.fastad_modes``): a pass
of 8 partials costs about 2.5 times f, a recording with its sweep 4 to 10 times.
"""

from . import _forward, _reverse
from ._plan import Code, Unsupported

NAME = "forward or tape"

LIMITS = {"grad": 16, "value_and_grad": 16, "vjp": 16, "hvp": 16, "jacobian": 16, "hessian": 24}
WIDE = 5  # sweeps are worth it for a Jacobian this many times as wide as high


def generate(plan, argument_types):
    """Return the code of a driver for some types of its arguments; see `_forward.generate`."""
    if plan.kind not in LIMITS:
        raise Unsupported("one direction takes one pass of forward mode")
    taped = _reverse.generate(plan, argument_types)
    passes = _forward.generate(plan, argument_types)
    limit, count = LIMITS[plan.kind], f"o_{len(plan.variables)}"
    offsets = plan.offsets()
    forward = [line for line in passes.lines if line not in offsets]
    tape = [line for line in taped.lines if line not in offsets]
    if plan.kind == "jacobian":
        cut = len(_reverse.record(plan)) - len(offsets)
        lines = [
            *offsets,
            f"if {count} > {limit}:",
            *_indented(tape[:cut]),
            f"    if {WIDE} * listed_(taped_).size <= {count}:",
            *_indented(_indented(tape[cut:])),
            "    release_(control_)",
            *forward,
        ]
        rule = f"the tape beyond {limit} variables for a result {WIDE} times as short"
    else:
        lines = [*offsets, f"if {count} <= {limit}:", *_indented(forward), *tape]
        rule = f"forward up to {limit} variables, beyond the tape"
    return Code(lines, passes.namespace | taped.namespace, why=rule)


def _indented(lines):
    return [f"    {line}" for line in lines]
