"""The globals of generated code: name -> what it calls beside the user's functions."""

import numba
import numpy as np

from ...checkpointing import next_snapshot, snapshots_for
from ...modes import seeding
from ...numbers.arrays import copy_of
from ...numbers.assignment import add_into, assign
from ...numbers.jet import term_namespace
from .. import runtime
from ..runtime import tangent_for, wide

_SWEEPS = (
    *(runtime.room, runtime.new_stack, runtime.last_of, runtime.saved_for, runtime.put),
    *(runtime.zeros_for, runtime.nonzero, runtime.fitting, runtime.lifted, runtime.leave),
    *(runtime.added, runtime.chunks_of, runtime.parts_of, copy_of, assign, add_into),
    *(next_snapshot, snapshots_for),
)

# Functions that a driver's own lines call; all other names of a driver end in an underscore.
_DRIVERS = {f"{k}_": v for k, v in seeding.NAMES.items()}
_DRIVERS |= {"tangent_for": tangent_for, "wide": wide, "base_zero": seeding.base_zero}


def known_objects():
    """Return the globals that all generated code may use, by name."""
    own = {f.__name__: f for f in _SWEEPS} | {"np": np, "numba": numba}
    return term_namespace() | own | _DRIVERS
