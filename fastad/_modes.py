"""The modes of differentiation, the choice between them, and the function that results.

A mode is a module with a NAME and ``generate(plan, argument_types) -> Code``, which raises
`Unsupported` with a reason where it cannot.  The choice is made when a driver is compiled,
for the types of its arguments: a driver has one mode for each signature.
"""

import functools
from typing import NamedTuple

from numba.core import types

from . import _by_size, _forward, _linearized, _reverse
from ._generated import build, taped
from ._plan import Plan, Unsupported, nested
from .source import mode as source_mode

MODES = {mode.NAME: mode for mode in (_forward, _reverse, source_mode)}
_ALL = MODES | {mode.NAME: mode for mode in (_by_size, _linearized)}


class Choice(NamedTuple):
    """A mode and the source that it wrote."""

    mode: str
    why: str
    source: str
    namespace: dict


def preferences(plan, argument_types):
    """Return the modes that ``auto`` tries, the best first, each with the reason."""
    if plan.chunk_size is not None:
        return [("forward", "chunk_size is its size of a pass")]
    if plan.kind in ("derivative", "jvp"):
        return [("forward", "one direction takes one pass")]
    if nested(argument_types):
        return [("forward", "called from a function that is being differentiated")]
    if any(isinstance(argument_types[v], types.Array) for v in plan.variables):
        return [(_by_size.NAME, "arrays of any size")]
    n, limit = len(plan.variables), _by_size.LIMITS[plan.kind]
    if n <= limit:
        return [("forward", f"at most {limit} numbers")]
    return [("tape", f"more than {limit} numbers")]


def choose(plan, argument_types):
    """Return the `Choice` for some types of a driver's arguments.

    Parameters
    ----------
    plan : Plan
    argument_types : tuple of numba types

    Raises
    ------
    TypeError
        If an argument has no derivative, or no mode can differentiate the function.
    """
    named = dict(zip(plan.everything, argument_types, strict=True))
    plan.check(named)
    if any(map(taped, argument_types)):
        wanted = [(_linearized.NAME, "called from a function that a tape records")]
    elif plan.mode == "auto":
        wanted = preferences(plan, named)
    else:
        wanted = [(plan.mode, "asked for")]
        if nested(named):
            wanted.append(("forward", "called from a function that is being differentiated"))
    refused = []
    for mode, why in wanted:
        try:
            code = _ALL[mode].generate(plan, named)
        except Unsupported as reason:
            refused.append(f"{mode}: {reason}")
            continue
        source = f"def {plan.kind}_{plan.name}({plan.signature()}):\n    "
        source = code.preamble + source + "\n    ".join(code.lines) + "\n"
        why = "; ".join([code.why or why, *refused])
        namespace = _defaults(plan) | {"f_": plan.called} | code.namespace
        return Choice(code.mode or mode, why, source, namespace)
    raise TypeError(
        f"fastad: cannot take {plan.kind} of {plan.name} ({plan.where}) by " + "; by ".join(refused)
    )


def _defaults(plan):
    return {f"default_{p}": v for p, v in plan.defaults.items()}


def make(kind, f, argnums, mode, chunk_size=None):
    """Return the driver ``kind`` of a function.

    Parameters
    ----------
    kind : str
        "derivative", "grad", "value_and_grad", "jvp", "vjp", "jacobian", "hessian" or "hvp".
    f, argnums, mode, chunk_size
        As the drivers take them.

    Returns
    -------
    ByTypes
    """
    if mode != "auto" and mode not in MODES:
        names = ", ".join(map(repr, ("auto", *MODES)))
        raise ValueError(f"mode must be one of {names}, got {mode!r}")
    plan = Plan(kind, f, argnums, mode, chunk_size)
    by = f"({', '.join(plan.variables)}{',' * (not plan.single)})"
    source = (
        f'"""{kind} of {plan.name} by {by}: mode {mode!r}, chunk_size {chunk_size}."""\n\n\n'
        f"def {kind}_{plan.name}({plan.signature()}):\n"
        '    raise NotImplementedError("written when called, for the types of the arguments")\n'
    )
    plan.driver = build(
        f"{kind}_{plan.name}",
        source,
        _defaults(plan),
        f,
        functools.partial(choose, plan),
        mode,
        (make, (kind, f, argnums, mode, chunk_size)),
    )
    return plan.driver
