"""Functions that are not inlined, but called together with a rule for their derivative.

They are those of `fastad.custom_jvp` and `fastad.custom_vjp`, and the rows of the table of array
rules with several results (`slogdet`, `eigh`).
"""

import ast
import functools

from ...custom import NAMESPACE, CustomRule
from ..analysis.contents import content
from ..ir.expressions import (
    call,
    constant,
    expression,
    item,
    load,
    name_or_copy,
    text,
    tuple_of,
)
from ..ir.statements import Assign, Set, is_array, is_real
from ..ir.templates import statements
from .storage import in_list, zeros_for


def sweeps(adjoint, s, needed):
    """Return (F, R, needed) of a call of a function with a rule."""
    active = [n for n in s.names if n in adjoint.activity.active]
    used = _contents(adjoint, [*(text(a) for a in s.arguments), *s.arrays])
    if not active:
        f, pulled, uses = adjoint.plain([s]), [], set()
    elif not isinstance(s.rule, CustomRule):
        f, pulled, uses = _row(adjoint, s, used)
    elif s.rule.bwd is not None:
        f, pulled, uses = _by_vjp(adjoint, s, used)
    else:
        f, pulled, uses = _by_jvp(adjoint, s, used)
    f = f + [zeros_for(adjoint.bars[n], n) for n in active if n in s.arrays]
    for n in active:
        if n not in s.arrays:
            pulled = pulled + adjoint.cleared(n)
    before = []
    for n in s.names:
        if n in s.arrays and (n in adjoint.carried or n in needed):
            f, back = adjoint.keep_binding(n, f)
            before += back
        elif n in needed and n not in s.arrays:
            adjoint.starts.add(n)
            push, taken, ready = adjoint.keep(n, adjoint.types[n])
            f, before = push + f, [*ready, Assign(n, taken), *before]
    adjoint.used |= uses
    return f, [*pulled, *before], (needed - {*s.names}) | uses


def _contents(adjoint, names):
    """Return names, and the tokens of the items of those that are arrays."""
    arrays = [n for n in names if is_array(adjoint.types.get(n))]
    found = {n for n in names if n in adjoint.types}
    return found | {content(adjoint.memory(n)) for n in arrays}


def _joined(items, several=True):
    return tuple_of(items) if several else name_or_copy(*items)


def _nothing(a):
    """Return zeros in the shape of an array, or the number 0."""
    return expression("zeros_for(a, base_)", a=a) if is_array(a.type) else constant(0.0, None)


def _cotangent(adjoint, s):
    """Return the cotangent of the results."""
    results = [load(n, adjoint.types.get(n)) for n in s.names]
    return _joined([adjoint.bars.get(r.id) or _nothing(r) for r in results], s.several)


def _targets(adjoint, s):
    """Return (position, adjoint) of the active arguments."""
    given = [(k, text(a)) for k, a in enumerate(s.arguments)]
    return [(k, adjoint.bars[n]) for k, n in given if n in adjoint.bars]


def _row(adjoint, s, used):
    """A row of the table of array rules."""
    function = adjoint.function(s.rule.adjoint, f"{s.rule.name}_bar")
    share = call(function, [*s.arguments, _joined(s.names, s.several), _cotangent(adjoint, s)])
    pulled = [Set(load(bar), share, "+") for _, bar in _targets(adjoint, s)]
    return adjoint.plain([s]), pulled, used | {*s.names}


def _by_vjp(adjoint, s, used):
    """A rule of reverse mode: the residuals of its ``fwd`` are kept for its ``bwd``."""
    hint = s.label.split(".")[-1]
    fwd = adjoint.function(s.rule.fwd, f"{hint}_fwd")
    bwd = adjoint.function(s.rule.bwd, f"{hint}_bwd")
    residuals = adjoint.fresh(f"{hint}_residuals")
    adjoint.program.namer.conditional.add(residuals)
    found = tuple_of([_joined(s.names, s.several), residuals])
    f = [Set(found, call(fwd, s.arguments))]
    # A result of the rule may be an argument, or a part of one, though the function returns new
    # memory: the two would share what is written into them, and their adjoints.
    for n in s.arrays:
        f += statements("y = copy_of(y)", y=n)
    pulled = []
    if adjoint.inside:
        push, taken = in_list(adjoint.list_of(residuals), residuals)
        f.append(push)
        pulled.append(taken)
    bars = adjoint.fresh("bars")
    pulled.append(Assign(bars, call(bwd, [residuals, _cotangent(adjoint, s)])))
    for k, bar in _targets(adjoint, s):
        pulled += statements("bar = added(bar, bars[k])", bar=bar, bars=bars, k=constant(k, None))
    return f, pulled, used | {*s.arrays}


def _by_jvp(adjoint, s, used):
    """A rule of forward mode: one call for each number in the active arguments."""
    function = adjoint.function(s.rule.jvp, f"{s.label.split('.')[-1]}_jvp")
    unit, inner = (adjoint.function(NAMESPACE[n], n) for n in ("unit_", "inner_"))
    total = adjoint.function(NAMESPACE["total_"], "total_")
    shaped_as = adjoint.function(NAMESPACE["shaped_as_"], "shaped_as_")
    still = []
    for a in s.arguments:
        moves = is_real(getattr(a.type, "dtype", a.type))
        still.append(_nothing(a) if moves else constant(None, None))
    cotangent, pulled, b, at = _cotangent(adjoint, s), [], adjoint.fresh("b"), adjoint.fresh("at")
    for k, bar in _targets(adjoint, s):
        x, array = s.arguments[k], is_array(s.arguments[k].type)
        template = "unit(x, at, base_)" if array else "unit(0.0, 0, base_)"
        moved = expression(template, unit=unit, x=x, at=at)
        dots = tuple_of([*still[:k], moved, *still[k + 1 :]])
        along = expression("rule(p, t)[1]", rule=function, p=tuple_of(s.arguments), t=dots)
        share = call(inner, [cotangent, call(shaped_as, [b, cotangent])])
        if s.several:
            seeds = [(item(b, [constant(i, None)]), n) for i, n in enumerate(s.names)]
            seeds = [(dot, adjoint.bars[n]) for dot, n in seeds if n in adjoint.bars]
            shares = [call(inner, [w, call(shaped_as, [dot, w])]) for dot, w in seeds]
            share = functools.reduce(lambda c, d: ast.BinOp(c, ast.Add(), d), shares)
        holes = {"b": b, "along": along, "bar": bar, "at": at, "share": share}
        holes |= {"total": total, "x": x}
        if array:
            template = """
                for at in range(total(x)):
                    b = along
                    bar.flat[at] = bar.flat[at] + share
            """
        else:
            template = """
                b = along
                bar += share
            """
        pulled += statements(template, **holes)
    return adjoint.plain([s]), pulled, used
