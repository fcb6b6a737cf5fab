"""`show`: a function, its tangent and its adjoint, side by side."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Literal, TypeAlias

from numba import typeof
from numba.core import types

from ..drivers.choose import make
from ..drivers.packed import Packed, is_packed
from ..drivers.source import _adjoint, types_seen
from ..jit.generated import ByTypes, python_function
from ..modes import restoring
from ..modes.request import NotTaken, Plan, parameters_of
from ..modes.results import refuse_no_float
from ..refusals import Misuse
from ..source.emit.tangent_function import GeneratedTangent
from ..source.ir.statements import Unsupported
from ..source.ir.verify import NotWellFormed
from ..source.optimise.pipeline import NAMES
from .coloured import FONT, GREY, INK, coloured
from .svg import FONT as SANS

Part: TypeAlias = Literal["source", "tangent", "adjoint"]

PARTS = {
    "source": "the function",
    "tangent": "its tangent (forward)",
    "adjoint": "its adjoint (reverse)",
}


class Shown:
    """A function and the source of its derivatives: what `show` returns.

    A notebook shows the parts side by side; `print` one below the other.

    Attributes
    ----------
    source : str
        That of the function.
    tangent, adjoint : str
        What fastad generates; empty where it was not asked for, or where there is none.
    why : str
        Why there is none, in one line; empty where there is.
    """

    def __init__(self, name, what, source, tangent, adjoint, why):
        self.name, self.what, self.why = name, what, why
        self.source, self.tangent, self.adjoint = source, tangent, adjoint

    def _parts(self):
        return [(part, getattr(self, part)) for part in self.what if getattr(self, part)]

    def __repr__(self):
        parts = [f"# {self.name}: {PARTS[part]}\n\n{text}" for part, text in self._parts()]
        return "\n\n".join([*parts, *[f"# {line}" for line in [self.why] if line]])

    def _repr_html_(self):
        columns = []
        for part, text in self._parts():
            columns.append(
                f'<div style="min-width: 0"><div style="color: {GREY}; font-size: 13px; '
                f'margin: 0 0 6px">{escape(PARTS[part])}</div><pre style="margin: 0; '
                f"padding: 0; border: 0; background: #ffffff; color: {INK}; overflow-x: auto; "
                f'font: 13px/1.45 {FONT}">{coloured(text, part != "source")}</pre></div>'
            )
        why = f'<div style="color: {GREY}; margin-top: 10px">{escape(self.why)}</div>'
        return (
            f'<div style="background: #ffffff; color: {INK}; border: 1px solid #d0d7de; '
            f'border-radius: 8px; padding: 14px 18px; font-family: {SANS}">\n'
            '<div style="display: grid; gap: 22px; '
            'grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr))">\n'
            + "\n".join(columns)
            + f"\n</div>{why if self.why else ''}</div>\n"
        )


def show(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] | None = None,
    what: Sequence[Part] = ("source", "tangent", "adjoint"),
    passes: str | None = None,
) -> Shown:
    """Show a function beside the source of its tangent and of its adjoint.

    Parameters
    ----------
    f : callable
        A plain Python or @njit function.
    *args
        Its arguments, or Numba types in their places: only their types matter.
    argnums : int or tuple of int, optional
        By which of them it is differentiated; by all floats and arrays of floats, if it is not
        given.
    what : sequence of {"source", "tangent", "adjoint"}
        Which parts to show.
    passes : str, optional
        The optimisations of the adjoint: "none" shows the plain one, "all" makes them all, and
        names with commas between (docs/optimisations.md) those. What the environment variable
        ``FASTAD_PASSES`` says, by default.

    Returns
    -------
    Shown
        A notebook shows the parts side by side, `print` one below the other. It has ``source``,
        ``tangent``, ``adjoint`` and ``why``.

    Raises
    ------
    TypeError
        If no argument can be differentiated, or f is a driver.
    ValueError
        If `what` or `passes` names something that there is not.

    Notes
    -----
    This is what ``mode="source"`` compiles, with the functions' own names: ``s_bar`` is the adjoint
    of ``s``, ``s_dot`` its tangent. Where the source of f is not taken, `Shown.why` says why in one
    line; a driver with ``mode="auto"`` takes another mode then. Nothing is compiled.
    docs/source_transformation.md explains how the source comes about.

    Examples
    --------
    >>> import math
    >>> from fastad import show
    >>> def f(x1, x2):
    ...     return x1 * x2 + math.sin(x1)
    >>> print(show(f, 2.0, 5.0, what=["adjoint"]))
    # f: its adjoint (reverse)
    <BLANKLINE>
    @sweeping()
    def f_pullback(x1, x2, result_seed):
        base_ = base_zero((x1, x2, result_seed))
        result_bar = 0.0
        sin_1_bar = 0.0
        x1_bar = 0.0
        x2_bar = 0.0
        sin_1 = math.sin(x1)
        result = x1 * x2 + sin_1
        result_value = result
        result_bar += result_seed
        # result = x1 * x2 + sin_1
        x1_bar += result_bar * x2
        x2_bar += result_bar * x1
        sin_1_bar += result_bar
        # sin_1 = math.sin(x1)
        x1_bar += sin_1_bar * cos_(x1)
        return result_value, (x1_bar, x2_bar)
    """
    what = [what] if isinstance(what, str) else list(what)
    if not what or not set(what) <= set(PARTS):
        raise ValueError(f"fastad: show: what must name some of {', '.join(PARTS)}, got {what!r}")
    options = {} if passes is None else {"passes": _named(passes)}
    if isinstance(f, ByTypes):
        raise Misuse(
            f"fastad: show takes a function whose source is transformed, got {f!r}, a driver or a "
            "function with a rule of its own: print(g.source) shows the source of a driver"
        )
    function, plan, given = _planned(f, args, argnums)
    makers = {
        "tangent": lambda: GeneratedTangent(function, given, plan.argnums),
        "adjoint": lambda: _adjoint(function, given, plan.argnums, **options),
    }
    parts, reasons = dict.fromkeys(PARTS, ""), []
    for part in makers:
        if part in what:
            try:
                generated = makers[part]()
                refuse_no_float(generated.returned, plan.described)
                parts[part] = generated.source.rstrip("\n")
            except (Unsupported, NotTaken, NotWellFormed) as error:
                reasons.append(str(error))
    why = "; ".join(dict.fromkeys(reasons))
    why = why and f"source mode does not take {plan.name}: {why}"
    return Shown(plan.name, what, _own_source(python_function(f)), *list(parts.values())[1:], why)  # type: ignore[call-arg]


def _named(passes):
    """Return the names of optimisations that a text asks for."""
    if passes in ("all", "none"):
        return frozenset(NAMES if passes == "all" else ())
    names = frozenset(n.strip() for n in passes.split(",") if n.strip())
    if not names <= set(NAMES):
        raise ValueError(
            f"fastad: show: passes must be all, none, or names with commas between of "
            f"{', '.join(NAMES)}; got {passes!r}"
        )
    return names


def _planned(f, args, argnums):
    """Return the function to be transformed, its `Plan`, and the types of its arguments."""
    names = parameters_of(f)[0]
    if len(args) != len(names):
        raise TypeError(f"fastad: show: the function takes {len(names)} arguments, got {len(args)}")
    given = [a if isinstance(a, types.Type) else typeof(a) for a in args]
    if argnums is None:
        argnums = tuple(k for k, t in enumerate(given) if _is_float(t))
        if not argnums:
            raise Misuse(
                "fastad: show needs an argument that is a float or an array of floats, or argnums; "
                f"got {', '.join(map(str, given)) or 'none'}: write 2.0 for 2"
            )
    plan = Plan("grad", f, argnums, "source")
    by_name = dict(zip(plan.parameters, given, strict=True))
    if is_packed(plan, by_name):
        packed = Packed(plan, by_name, make)
        made_of = packed.driver.made_of
        plan = Plan("grad", made_of.f, made_of.argnums, "source", written=f)
        by_name = dict(zip(plan.parameters, packed.given, strict=True))
    plan.check(by_name)
    restoring.refuse_cast(plan, by_name)
    return plan.f, plan, types_seen(plan, by_name)


def _is_float(t):
    return isinstance(getattr(t, "dtype", t), types.Float)


def _own_source(function):
    """Return the source of a function as it was written."""
    try:
        return textwrap.dedent(inspect.getsource(function)).rstrip("\n")
    except (OSError, TypeError):
        return f"# the source of {function.__name__} cannot be found"
