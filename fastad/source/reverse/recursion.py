"""Functions that call themselves: a function for each of the two sweeps.

The forward one leaves on the stacks what the backward one takes from them, so that a chain
of calls is reversed as a chain of statements is.
"""

import ast

from ..analysis.activity import Activity, real
from ..analysis.contents import content
from ..analysis.live_ranges import split
from ..ir.statements import Array, For, Ruled, Unsupported, is_array, names_in, text, walk, written
from .fused_recursion import given_apart, joint_call, joint_of

_STACKS = "stack_, top_, kept_, kept_top_"


def call(adjoint, s, needed):
    """Return (F, R, needed) of a call of a function that is reversed on its own."""
    if adjoint.frame is not None:
        raise Unsupported("a recursive call inside an innermost loop")
    joint = joint_of(adjoint, s.function)
    if joint is not None:
        return _call_both(adjoint, joint, s, needed)
    pair = pair_of(adjoint, s.function)
    adjoint.stacks |= {"stack_", "kept_"}
    name = s.names[0]
    given = [text(a) for a in s.arguments]
    forward = [f"{name}, {_STACKS} = {pair.forward}({', '.join([*given, 'base_'])}, {_STACKS})"]
    uses = {content(adjoint.memory(a.id)) for a in s.arguments if is_array(a.type)}
    for a in s.arguments:
        uses |= names_in(a)
    before, lines = [], []
    if name in needed:
        adjoint.starts.add(name)
        push, taken, ready = adjoint.keep(name, adjoint.types[name])
        forward, before = push + forward, [*ready, f"{name} = {taken}"]
    bars, received, seed = [], [], adjoint.bars.get(name, "0.0")
    for k, a in enumerate(s.arguments):
        if k in pair.arrays:
            bar = adjoint.bars.get(a.id) if isinstance(a, ast.Name) else None
            bars.append(bar or f"zeros_for({text(a)}, base_)")
        elif k in pair.scalars:
            part = adjoint.fresh("b")
            received.append(part)
            if isinstance(a, ast.Name) and a.id in adjoint.bars:
                lines.append(f"{adjoint.bars[a.id]} += {part}")
    everything = ", ".join([*given, *bars, seed, "base_", _STACKS])
    taken = ", ".join([*received, "top_", "kept_top_"])
    back = [f"{taken} = {pair.backward}({everything})", *lines]
    if name in adjoint.bars and adjoint.inside:
        back.append(f"{adjoint.bars[name]} = 0.0")
    adjoint.used |= uses
    return forward, [*back, *before], (needed - {name}) | uses


def _call_both(adjoint, joint, s, needed):
    """A call whose value is computed at once, and again with the reverse."""
    name, given = s.names[0], [text(a) for a in s.arguments]
    forward, before, restored = adjoint.plain([s]), [], []
    for k in sorted(joint.changed):  # its arguments are again what they were at the call
        kept = adjoint.fresh(f"{given[k]}_old")
        adjoint.events += 1
        adjoint.lists[kept] = kept
        forward.insert(0, f"{kept}.append({given[k]}.copy())")
        restored.append(f"{given[k]}[:] = {kept}[-1]")
        before.append(f"{given[k]}[:] = last_of({kept})")
    if name in needed:
        adjoint.starts.add(name)
        push, taken, ready = adjoint.keep(name, adjoint.types[name])
        forward, before = push + forward, [*before, *ready, f"{name} = {taken}"]
    lines, uses = [], {n for a in s.arguments for n in names_in(a)}
    seed = adjoint.bars.get(name)
    if seed is not None:
        uses |= {content(adjoint.memory(a.id)) for a in s.arguments if is_array(a.type)}
        lines = [*restored, *joint_call(adjoint, joint, s, seed), *adjoint.cleared(name)]
    adjoint.used |= uses
    return forward, [*lines, *before], (needed - {name}) | uses


class Pair:
    """The two functions of a program, by name.

    Attributes
    ----------
    forward, backward : str
    arrays, scalars : list of int
        The positions of the parameters that have adjoints.
    """

    def __init__(self, adjoint, program):
        p = program
        self.forward = adjoint.fresh(f"{p.name}_forward")
        self.backward = adjoint.fresh(f"{p.name}_backward")
        positions = [k for k, n in enumerate(p.parameters) if real(p.types[n])]
        self.arrays = [k for k in positions if is_array(p.types[p.parameters[k]])]
        self.scalars = [k for k in positions if k not in self.arrays]


def pair_of(adjoint, key):
    """Return the `Pair` of a function, made when it is first asked for."""
    if key not in adjoint.pairs:
        program = adjoint.program.calls[key]
        pair = adjoint.pairs[key] = Pair(adjoint, program)
        _make(adjoint, pair, program)
    return adjoint.pairs[key]


def _make(adjoint, pair, program):
    p = split(program)
    if any(isinstance(s, Array | Ruled) for s in walk(p.body)):
        raise Unsupported(f"{p.name} calls itself and makes arrays or views of arrays")
    inputs = [p.parameters[k] for k in (*pair.arrays, *pair.scalars)]
    inner = type(adjoint)(p, Activity(p, inputs), adjoint.passes)
    inner.pairs, inner.inside, inner.lift = adjoint.pairs, 1, adjoint.lift
    changed = {token for s in walk(p.body) for token in inner.activity.contents.written_by(s)}
    forward, back, _ = inner.block(p.body, changed)
    if inner.lists:
        raise Unsupported(f"{p.name} calls itself and fills an array; write its items one by one")
    inner.stacks |= {"stack_", "kept_"}
    bound = {n for s in walk(p.body) if not isinstance(s, For) for n in written(s)}
    loops = [s for s in walk(p.body) if isinstance(s, For)]
    bound |= {s.name for s in loops if s.name in inner.loops.reads_outside(s.body)}
    saved = sorted(n for n in bound & inner.used if not is_array(p.types[n]))
    keep, take = [], []
    for n in saved:
        push, taken, ready = inner.keep(n, p.types[n])
        keep += (
            push
            if push[0].startswith("kept_ = room")
            else [
                "stack_ = room(stack_, top_, 1)",
                *push,
            ]
        )
        take = [*ready, f"{n} = {taken}", *take]
    starts = [f"{n} = {inner.zero(n)}" for n in sorted({*inner.starts, *saved} - {*p.parameters})]
    result = p.results[0]
    parameters = ", ".join(p.parameters)
    adjoint.functions += inner.functions
    adjoint.functions.append(
        (
            pair.forward,
            [
                f"def {pair.forward}({parameters}, base_, {_STACKS}):",
                [*starts, *forward, *keep, f"return {result}, {_STACKS}"],
            ],
            True,
        )
    )
    given = {p.parameters[k] for k in pair.arrays}
    bars = [inner.bars.get(p.parameters[k]) or inner.fresh("unused") for k in pair.arrays]
    zeros = [f"{inner.bars[n]} = 0.0" for n in sorted(inner.bars) if n not in given]
    zeros += [f"{n} = {inner.zero(n)}" for n in sorted(inner.starts - {*p.parameters, *saved})]
    seed = [f"{inner.bars[result]} += seed_"] if result in inner.bars else []
    scalars = [inner.bars.get(p.parameters[k], "0.0") for k in pair.scalars]
    returned = ", ".join([*scalars, "top_", "kept_top_"])
    everything = ", ".join([parameters, *bars, "seed_", "base_", _STACKS])
    adjoint.functions.append(
        (
            pair.backward,
            [
                f"def {pair.backward}({everything}):",
                [*zeros, *take, *seed, *back, f"return {returned}"],
            ],
            given_apart(p),
        )
    )
