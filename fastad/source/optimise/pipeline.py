"""The optimisations of generated adjoints, in the order in which they are asked.

The plain adjoint stores whatever its reverse sweep needs, and is always right. A pass is an
exception to it: a class in a file of its own, whose docstring says what it does and when that is
legal. It answers questions that the adjoint asks (`fastad.source.reverse.passes`).  The environment
variable
``FASTAD_PASSES`` says which are made: all (where it is not set), ``none``, a list of names
(``extremes,recompute``), or all but some (``-extremes``).  Results never depend on it.
"""

import os

from ...refusals import Misuse
from ..reverse.passes import Passes
from .any_order import AnyOrder
from .both_sweeps import BothSweeps
from .counters import Counters
from .dead_values import DeadValues
from .fused_elementwise import FusedElementwise
from .fused_recursion import FusedRecursion
from .hoist_allocations import HoistAllocations
from .no_alias import NoAlias
from .one_pass import OnePass
from .private_adjoints import PrivateAdjoints
from .recompute import Recompute
from .running_extremes import RunningExtremes
from .stack_bounds import StackBounds
from .unsigned import Unsigned

PASSES = (
    # The whole function
    FusedRecursion(),
    OnePass(),
    # How a loop is differentiated: by the first of these that is legal
    RunningExtremes(),
    BothSweeps(),
    Recompute(),
    # The order of iterations, and what is stored, made and allocated in them
    AnyOrder(),
    Counters(),
    PrivateAdjoints(),
    HoistAllocations(),
    StackBounds(),
    # Whole arrays
    FusedElementwise(),
    # What the compiler is told, and what is not computed
    NoAlias(),
    Unsigned(),
    DeadValues(),
)

NAMES = tuple(p.name for p in PASSES)


def made(names):
    """Return the `Passes` with some names."""
    return Passes(p for p in PASSES if p.name in names)


class UnknownPasses(Misuse, ValueError):
    """``FASTAD_PASSES`` names something that is no optimisation."""


def chosen():
    """Return the set of passes to be made, as ``FASTAD_PASSES`` says.

    Raises
    ------
    UnknownPasses
        If it names something that is no pass.
    """
    said = os.environ.get("FASTAD_PASSES", "all").strip()
    if said in ("", "all"):
        return frozenset(NAMES)
    if said == "none":
        return frozenset()
    names = [n.strip() for n in said.split(",") if n.strip()]
    unknown = [n for n in names if n.lstrip("-") not in NAMES]
    if unknown or len({n.startswith("-") for n in names}) > 1:
        raise UnknownPasses(
            f"FASTAD_PASSES must be all, none, or names with a comma between (or -name, all but "
            f"those) of {', '.join(NAMES)}; got {said!r}"
        )
    left_out = frozenset(n[1:] for n in names if n.startswith("-"))
    return frozenset(NAMES) - left_out if left_out else frozenset(names)
