"""The choice of the mode of differentiation, and the driver that results.

A mode is a module with a NAME and ``generate(plan, argument_types) -> Code``, which raises
`NotTaken` with a reason where it cannot.  The choice is made when a driver is compiled,
for the types of its arguments: a driver has one mode for each signature.
"""

import functools
from typing import NamedTuple

from numba.core import types
from numba.core.errors import NumbaError

from ..jit.generated import Attempt, MadeOf, build, cache_folder
from ..jit.recursion import WrongGuess
from ..jit.universal import on_numbers
from ..modes import forward as forward_mode
from ..modes import linearized, restoring
from ..modes import tape as tape_mode
from ..modes.request import NotTaken, Plan, nested
from ..refusals import Misuse, Refusal, developing, is_of_users_code, reason
from ..tape.types import taped
from . import by_size, described, replayed
from . import source as source_mode
from .called import called
from .inside import rule_of_driver
from .packed import Packed, is_packed

MODES = {mode.NAME: mode for mode in (forward_mode, tape_mode, source_mode)}
_ALL = MODES | {mode.NAME: mode for mode in (by_size, by_size.SHORT_RESULTS, linearized, replayed)}


class Choice(NamedTuple):
    """A mode, why it was chosen, its source, and the `Attempt` to note if that does not compile."""

    mode: str
    why: str
    source: str
    namespace: dict
    attempt: Attempt


class ChoiceByParts:
    """The choice for an argument that is a tuple: the call of the driver of its parts.

    Its mode is that of the driver of the parts. It is found only when somebody asks for it, as the
    derivative's source has to be written for it, which code from the disk cache does without.
    """

    def __init__(self, source, namespace, packed):
        self.source, self.namespace, self.packed = source, namespace, packed

    @functools.cached_property
    def of_parts(self):
        """The `Choice` of the driver of the parts."""
        return self.packed.driver.parts.choose(self.packed.given)

    @property
    def mode(self):
        """The mode."""
        return self.of_parts.mode

    @property
    def why(self):
        """The reason."""
        return self.of_parts.why

    @property
    def attempt(self):
        """What is noted if the code does not compile."""
        return self.of_parts.attempt


def preferences(plan, argument_types):
    """Return the modes that ``auto`` tries, the best first, each with the reason."""
    if plan.chunk_size is not None:
        return [("forward", "chunk_size is its size of a pass")]
    arrays = any(isinstance(argument_types[v], types.Array) for v in plan.variables)
    if nested(argument_types):
        within = "called from a function that is being differentiated"
        both = [(source_mode.NAME, within), ("forward", within)]
        return both if arrays else both[::-1]  # for few numbers one forward pass has them all
    if plan.kind in ("derivative", "jvp"):
        tangent = (source_mode.NAME, "the function's source is taken: its tangent takes one pass")
        return [tangent, ("forward", "one direction takes one pass")]
    source = (source_mode.NAME, source_mode.WHY)
    if plan.in_threads:  # no tape takes it
        return [source, ("forward", "the function calls others that run in several threads")]
    n, limit = len(plan.variables), by_size.LIMITS[plan.kind]
    if arrays:
        others = [(by_size.NAME, "arrays of any size")]
    elif n <= limit:
        others = [("forward", f"at most {limit} numbers")]
    else:
        others = [("tape", f"more than {limit} numbers")]
    if plan.kind != "jacobian":
        return [source, *others]
    if arrays:
        return [(by_size.SHORT_RESULTS.NAME, "arrays of any size"), source, *others]
    return [*others, source]


def choose(plan, argument_types):
    """Return the `Choice` (or `ChoiceByParts`) for some types of a driver's arguments.

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
    if is_packed(plan, named):
        return _by_parts(plan, named)
    plan.check(named)
    restoring.refuse_cast(plan, named)
    if any(map(taped, argument_types)):
        modes = [(linearized.NAME, "called from a function that a tape records")]
    elif plan.mode == "auto":
        modes = preferences(plan, named)
    else:
        modes = [(plan.mode, "asked for")]
        if nested(named):
            modes.append(("forward", "called from a function that is being differentiated"))
    refused, failed = [], plan.failed.of(argument_types)
    for mode, why in modes:
        try:
            function, attempt = called(plan, mode, named, failed)
            if mode != source_mode.NAME:
                restoring.refuse_shared(plan, named)
            code = _ALL[mode].generate(plan, dict(named))
        except Misuse:
            raise
        except Exception as error:
            if not isinstance(error, NotTaken) and developing():
                raise
            refused.append(f"{mode}: {_why_not(error)}")
            continue
        source = f"def {plan.kind}_{plan.name}({plan.signature()}):\n    "
        lines = [*restoring.checks(plan, named), *code.lines]
        source = code.preamble + source + "\n    ".join(lines) + "\n"
        why = "; ".join([code.why or why, *refused])
        namespace = _defaults(plan) | {"f_": function} | restoring.NAMES | code.namespace
        return Choice(code.mode or mode, why, source, namespace, attempt)
    itself = plan.does_not_compile(named)
    if itself is not None:
        raise Refusal(
            f"fastad: cannot take {plan.kind} of {plan.described}: Numba does not compile the "
            f"function itself: {reason(itself, str(cache_folder()))}"
        )
    raise Refusal(
        f"fastad: cannot take {plan.kind} of {plan.described}. "
        + " ".join(f"By {_sentence(text)}" for text in refused)
        + ("" if any("; " in text or "use " in text for text in refused) else f" {_INSTEAD}")
    )


def _by_parts(plan, named):
    """Return the `ChoiceByParts` for a differentiated argument that is a tuple."""
    key = tuple(named.values())
    if key not in plan.packed:
        plan.packed[key] = Packed(plan, named, make)
    packed = plan.packed[key]
    source = f"def {plan.kind}_{plan.name}({plan.signature()}):\n    "
    source += "\n    ".join(packed.lines) + "\n"
    return ChoiceByParts(source, _defaults(plan) | packed.namespace, packed)


_INSTEAD = (
    "Write that part otherwise (loops and arithmetic are taken), or give it a derivative by "
    "fastad.custom_jvp or fastad.custom_vjp."
)


def _sentence(text):
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _why_not(error):
    """Return the reason why a mode does not take a function, in one line."""
    said = reason(error, str(cache_folder()))
    if isinstance(error, NotTaken | NumbaError | Refusal) or "fastad: " in str(error):
        return said
    return f"internal error, {type(error).__name__}: {said}"


def _give_up(plan, argument_types, error):
    """Note that the code of a mode does not compile, so that `choose` takes another one.

    Raises
    ------
    Refusal
        If there is no other.
    """
    tried = choose(plan, argument_types).attempt
    # The message of an error in generated code would name things that the user never wrote.
    unnamed = not is_of_users_code(error, str(cache_folder()))
    in_parallel = getattr(plan.f, "targetoptions", {}).get("parallel")
    of_source = tried == Attempt(source_mode.NAME)
    # What Numba says of a function that is given by its address, with Jets or Vars.
    address = str(error).startswith("mismatch of argument types: ")
    internal = unnamed and not address and not (in_parallel and not of_source)
    refused = isinstance(error, WrongGuess)  # a refusal, no error of fastad's
    ours = internal or of_source
    # If a lowered function does not compile, the user's own is tried, whose error says why not.
    if developing() and ours and not (refused or tried.lowered):
        raise error
    said = f"its code does not compile: {_why_not(error)}"
    if internal:
        said = "internal error, its code does not compile: FASTAD_RAISE=1 shows why"
    elif address:
        said = "a function given by its address takes plain floats: it has no derivative"
    elif unnamed:
        said = "Numba's parallel loops do not take its numbers; leave out parallel=True"
    plan.failed.note(argument_types, tried, said)
    try:
        choose(plan, argument_types)
    except Refusal as refusal:
        refusal.causes = (error,)
        raise refusal from None
    plan.failed.save()


def _defaults(plan):
    return {f"default_{p}": v for p, v in plan.defaults.items()}


def make(kind, f, argnums, mode, chunk_size=None, written=None):
    """Return the driver ``kind`` of a function.

    Parameters
    ----------
    kind : str
        "derivative", "grad", "value_and_grad", "jvp", "vjp", "jacobian", "hessian", "hvp" or one of
        `replayed.KINDS`.
    f, argnums, mode, chunk_size
        Those of the driver.
    written : callable, optional
        The function that messages name, if f was generated from it.

    Returns
    -------
    ByTypes
    """
    if mode not in ("auto", *MODES) and kind not in replayed.KINDS:
        names = ", ".join(map(repr, ("auto", *MODES)))
        raise ValueError(f"fastad: mode must be one of {names}, got {mode!r}")
    f = on_numbers(f)
    plan = Plan(kind, f, argnums, mode, chunk_size, written)
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
        plan.failed,
        functools.partial(choose, plan),
        functools.partial(_give_up, plan),
        mode,
        (make, MadeOf(kind, f, argnums, mode, chunk_size)),
        functools.partial(rule_of_driver, make=make),
    )
    plan.driver.parts.shown = described.line, described.table, plan
    described.describe(plan)
    return plan.driver
