"""The function that the code of a mode calls: the user's, or one made of its source."""

from numba.core import types

from ..jit.call_graph import IN_THREADS
from ..jit.generated import ByTypes
from ..modes import forward, linearized, tape
from ..modes.request import Unsupported, serial
from ..numbers.jet import ActiveType
from ..source.emit.active_function import GeneratedActive
from ..source.ir.statements import Unsupported as Refused
from ..source.ir.verify import NotWellFormed
from . import by_size, replayed
from .source import NAME as SOURCE
from .source import types_seen

WITH_ACTIVE_ARRAYS = ", with arrays of its own numbers"
_RUN_BY = (forward.NAME, tape.NAME, by_size.NAME, by_size.SHORT_RESULTS.NAME, replayed.NAME)


def called(plan, mode, argument_types, failed):
    """Return the @njit function that the code of a mode calls, and the mode as it fails.

    It is the user's; where that makes arrays of plain floats, and writes into them what is
    differentiated, it is `GeneratedActive` of it.

    Parameters
    ----------
    plan : Plan
    mode : str
    argument_types : dict of str to Numba type
    failed : dict
        The modes of which the code does not compile.

    Raises
    ------
    Unsupported
        Where a tape would record in several threads.
    """
    threads = (SOURCE, forward.NAME, linearized.NAME)
    if plan.in_threads and mode not in threads:
        raise Unsupported(f"{plan.in_threads} {IN_THREADS}")
    own = mode + WITH_ACTIVE_ARRAYS
    if own not in failed and (mode in _RUN_BY or (mode == SOURCE and plan.kind == "jacobian")):
        made = _with_active_arrays(plan, argument_types)
        if made is not None and (made.fills if mode == SOURCE else made.needed):
            return made.function, own
    return (plan.called if mode in threads else serial(plan.f)), mode


def _with_active_arrays(plan, argument_types):
    """Return the function made of the source, or None where it is not needed, or cannot be."""
    key = tuple(argument_types[p] for p in plan.parameters)
    if key not in plan.active:
        plan.active[key] = _made(plan, argument_types)
    return plan.active[key]


def _made(plan, argument_types):
    if isinstance(plan.f, ByTypes):
        return None
    active = [
        k
        for k, p in enumerate(plan.parameters)
        if p in plan.variables or _is_active(argument_types[p])
    ]
    if any(isinstance(argument_types[plan.parameters[k]], types.BaseTuple) for k in active):
        return None
    try:
        made = GeneratedActive(plan.f, types_seen(plan, argument_types), active)
    except (Refused, NotWellFormed):
        return None
    return made


def _is_active(t):
    if isinstance(t, types.BaseTuple):
        return any(map(_is_active, t))
    return isinstance(getattr(t, "dtype", t), ActiveType)
