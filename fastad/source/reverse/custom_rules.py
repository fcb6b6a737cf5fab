"""Functions that are not looked into: their derivative is a rule, which is called.

Those of `fastad.custom_jvp` and `fastad.custom_vjp`, and the rows of the table of array
rules with several results (`slogdet`, `eigh`).
"""

from ...custom import NAMESPACE, CustomRule
from ..analysis.contents import content
from ..ir.statements import is_array, is_real, text


def sweeps(adjoint, s, needed):
    """Return (F, R, needed) of a call of a function with a rule."""
    active = [n for n in s.names if n in adjoint.activity.active]
    used = _contents(adjoint, [*(text(a) for a in s.arguments), *s.arrays])
    if not active:
        f, lines, uses = adjoint.plain([s]), [], set()
    elif not isinstance(s.rule, CustomRule):
        f, lines, uses = _row(adjoint, s, used)
    elif s.rule.bwd is not None:
        f, lines, uses = _by_vjp(adjoint, s, used)
    else:
        f, lines, uses = _by_jvp(adjoint, s, used)
    f += [f"{adjoint.bars[n]} = zeros_for({n}, base_)" for n in active if n in s.arrays]
    for n in active:
        if n not in s.arrays:
            lines += adjoint.cleared(n)
    before = []
    for n in s.names:
        if n in s.arrays and (n in adjoint.carried or n in needed):
            f, back = adjoint.keep_binding(n, f)
            before += back
        elif n in needed and n not in s.arrays:
            adjoint.starts.add(n)
            push, taken, ready = adjoint.keep(n, adjoint.types[n])
            f, before = push + f, [*ready, f"{n} = {taken}", *before]
    adjoint.used |= uses
    return f, [*lines, *before], (needed - {*s.names}) | uses


def _contents(adjoint, names):
    """Return names with the tokens of what is in those that are arrays."""
    arrays = [n for n in names if is_array(adjoint.types.get(n))]
    found = {n for n in names if n in adjoint.types}
    return found | {content(adjoint.memory(n)) for n in arrays}


def _joined(items, several=True):
    items = list(items)
    return f"({', '.join(items)},)" if several else items[0]


def _cotangent(adjoint, s):
    """Return the source of the cotangent of the results."""
    parts = []
    for n in s.names:
        nothing = f"zeros_for({n}, base_)" if n in s.arrays else "0.0"
        parts.append(adjoint.bars.get(n, nothing))
    return _joined(parts, s.several)


def _targets(adjoint, s):
    """Return (position, name of the adjoints) of the arguments that are active."""
    given = [(k, text(a)) for k, a in enumerate(s.arguments)]
    return [(k, adjoint.bars[n]) for k, n in given if n in adjoint.bars]


def _row(adjoint, s, used):
    """A row of the table of array rules."""
    function = adjoint.function(s.rule.adjoint, f"{s.rule.name}_bar")
    arguments = [text(a) for a in s.arguments]
    given = ", ".join([*arguments, _joined(s.names, s.several), _cotangent(adjoint, s)])
    lines = [f"{bar} += {function}({given})" for _, bar in _targets(adjoint, s)]
    return adjoint.plain([s]), lines, used | {*s.names}


def _by_vjp(adjoint, s, used):
    """A rule of reverse mode: what its ``fwd`` leaves is kept for its ``bwd``."""
    hint = s.label.split(".")[-1]
    fwd = adjoint.function(s.rule.fwd, f"{hint}_fwd")
    bwd = adjoint.function(s.rule.bwd, f"{hint}_bwd")
    residuals = adjoint.fresh(f"{hint}_residuals")
    adjoint.program.namer.conditional.add(residuals)
    arguments = [text(a) for a in s.arguments]
    f = [f"{_joined(s.names, s.several)}, {residuals} = {fwd}({', '.join(arguments)})"]
    # A result that is one of the arguments' own arrays would share its adjoints.
    shapes = {adjoint.types[a].ndim for a in arguments if is_array(adjoint.types.get(a))}
    f += [f"{n} = copy_of({n})" for n in s.arrays if adjoint.types[n].ndim in shapes]
    lines = []
    if adjoint.inside:
        kept = adjoint.list_of(residuals)
        f.append(f"{kept}.append({residuals})")
        lines.append(f"{residuals} = last_of({kept})")
    bars = adjoint.fresh("bars")
    lines.append(f"{bars} = {bwd}({residuals}, {_cotangent(adjoint, s)})")
    lines += [f"{bar} = added({bar}, {bars}[{k}])" for k, bar in _targets(adjoint, s)]
    return f, lines, used | {*s.arrays}


def _by_jvp(adjoint, s, used):
    """A rule of forward mode: one call for each number among the arguments."""
    function = adjoint.function(s.rule.jvp, f"{s.label.split('.')[-1]}_jvp")
    unit, inner = (adjoint.function(NAMESPACE[n], n) for n in ("unit_", "inner_"))
    total = adjoint.function(NAMESPACE["total_"], "total_")
    arguments = [text(a) for a in s.arguments]
    still = []
    for a in s.arguments:
        array, t = is_array(a.type), getattr(a.type, "dtype", a.type)
        zero = f"zeros_for({text(a)}, base_)" if array else "0.0"
        still.append(zero if is_real(t) else "None")
    cotangent, lines, b, at = _cotangent(adjoint, s), [], adjoint.fresh("b"), adjoint.fresh("at")
    for k, bar in _targets(adjoint, s):
        array = is_array(s.arguments[k].type)
        moved = f"{unit}({arguments[k]}, {at}, base_)" if array else f"{unit}(0.0, 0, base_)"
        dots = _joined([*still[:k], moved, *still[k + 1 :]])
        iteration = [f"{b} = {function}({_joined(arguments)}, {dots})[1]"]
        share = f"{inner}({cotangent}, {b})"
        if s.several:
            seeds = [adjoint.bars.get(n) for n in s.names]
            shares = [f"{inner}({w}, {b}[{i}])" for i, w in enumerate(seeds) if w]
            share = " + ".join(shares)
        if array:
            iteration.append(f"{bar}.flat[{at}] = {bar}.flat[{at}] + {share}")
            lines += [f"for {at} in range({total}({arguments[k]})):", iteration]
        else:
            lines += [*iteration, f"{bar} += {share}"]
    return adjoint.plain([s]), lines, used
