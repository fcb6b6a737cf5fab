"""The function that the code of a mode calls: the user's, or one generated from its source."""

from numba.core import types

from ..jit.call_graph import IN_THREADS, in_threads, reached
from ..jit.generated import Attempt, ByTypes
from ..modes import forward, linearized, tape
from ..modes.request import NotTaken, functions_in, nested, serial
from ..source.emit.active_function import GeneratedActive
from ..source.frontend.calls import is_recursive
from ..source.ir.statements import UnlikeSource, Unsupported
from ..source.ir.verify import NotWellFormed
from ..source.syntax.array_loops import computed_otherwise
from . import by_size, replayed
from .source import NAME as SOURCE
from .source import types_seen

_RUN_BY = (forward.NAME, tape.NAME, by_size.NAME, by_size.SHORT_RESULTS.NAME, replayed.NAME)


def called(plan, mode, argument_types, failed):
    """Return the @njit function that the code of a mode calls, and the `Attempt` that this is.

    It is the user's function, or a `GeneratedActive` of it: at once if the user's own would write
    what is differentiated into arrays of plain floats that it makes, or returns nothing; else after
    the user's own has turned out not to compile. The source mode calls a function only for the
    shape of its result.

    Parameters
    ----------
    plan : Plan
    mode : str
    argument_types : dict of str to Numba type
    failed : dict
        Attempt whose code does not compile -> the reason.

    Raises
    ------
    NotTaken
        If neither compiles, with the reason of the user's own; if a tape would record in several
        threads; if Numba computes something else than the source says.
    """
    threads = (SOURCE, forward.NAME, linearized.NAME)
    parallel = _in_threads(plan, argument_types)
    if parallel and mode not in threads:
        raise NotTaken(f"{parallel} {IN_THREADS}")
    own, lowered = Attempt(mode), Attempt(mode, lowered=True)
    runs = mode in _RUN_BY or (mode == SOURCE and plan.kind == "jacobian")
    made = _lowered(plan, argument_types) if runs and lowered not in failed else None
    if made is not None:
        differentiates = mode != SOURCE or nested(argument_types)
        if made.fills or (differentiates and made.needed) or own in failed:
            return made.function, lowered
    if own in failed:
        raise NotTaken(failed[own])
    if runs and made is None:
        _refuse_otherwise(plan, argument_types, serial=mode not in threads)
    return (plan.called if mode in threads else serial(plan.f)), own


def _refuse_otherwise(plan, argument_types, serial):
    """Refuse the user's own function where Jets or Vars would not compute in it what Numba does.

    What the source says is not lowered, so Numba's loops over arrays cannot be written out.
    """
    key = tuple(argument_types[p] for p in plan.parameters), serial
    if key not in plan.otherwise:
        given = types_seen(plan, argument_types)
        plan.otherwise[key] = computed_otherwise(plan.f, given, serial)
    if plan.otherwise[key]:
        raise NotTaken(plan.otherwise[key])


def _in_threads(plan, argument_types):
    """Return the name of a function that runs in threads and that f calls or is passed, or ""."""
    passed = [f for t in argument_types.values() for f in functions_in(t)]
    found = [f.__name__ for f in passed if f.targetoptions.get("parallel")]
    return next(filter(None, [plan.in_threads, *found, *map(in_threads, passed)]), "")


def _lowered(plan, argument_types):
    """Return the `GeneratedActive` of f, or None."""
    key = tuple(argument_types[p] for p in plan.parameters)
    if key not in plan.active:
        plan.active[key] = _made(plan, argument_types)
    return plan.active[key]


def _made(plan, argument_types):
    # Not for recursive functions: it refuses them, and Numba may fail to link one from a cache.
    if isinstance(plan.f, ByTypes) or any(map(is_recursive, reached(plan.f))):
        return None
    active = [
        k
        for k, p in enumerate(plan.parameters)
        if p in plan.variables or nested({p: argument_types[p]})
    ]
    if any(isinstance(argument_types[plan.parameters[k]], types.BaseTuple) for k in active):
        return None
    try:
        return GeneratedActive(plan.f, types_seen(plan, argument_types), active)
    except UnlikeSource as error:
        raise NotTaken(str(error)) from None
    except (Unsupported, NotWellFormed):
        return None
