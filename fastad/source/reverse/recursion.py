"""Recursive functions: a generated function for each of the two sweeps.

The forward one pushes on the stacks what the backward one takes from them, so that a chain of
calls is reversed like a chain of statements.
"""

import ast

from ..analysis.activity import Activity, real
from ..analysis.contents import content
from ..analysis.live_ranges import split
from ..ir.expressions import call, constant, expression, load, names_in, text, tuple_of
from ..ir.statements import (
    TOPS,
    Array,
    Assign,
    For,
    Return,
    Room,
    Ruled,
    Set,
    Unsupported,
    is_array,
    walk,
    written,
)
from ..ir.templates import statements
from .storage import zeroed

_STACKS = [name for pair in TOPS.items() for name in pair]


def sweeps(adjoint, s, needed):
    """Return (F, R, needed) of a call of a recursive function."""
    if adjoint.frame is not None:
        raise Unsupported("a recursive call inside an innermost loop")
    joint = adjoint.passes.ask("call", adjoint, s)
    if joint is not None:
        return _call_both(adjoint, joint, s, needed)
    pair = pair_of(adjoint, s.function)
    adjoint.stacks |= {"stack_", "kept_"}
    name, given = s.names[0], s.arguments
    value = call(pair.forward, [*given, "base_", *_STACKS])
    forward = [Set(tuple_of([name, *_STACKS]), value)]
    uses = {content(adjoint.memory(a.id)) for a in s.arguments if is_array(a.type)}
    for a in s.arguments:
        uses |= names_in(a)
    before, added = [], []
    if name in needed:
        forward, before = _keep_result(adjoint, name, forward)
    bars, taken, seed = [], [], adjoint.bars.get(name, constant(0.0, None))
    for k, a in enumerate(s.arguments):
        if k in pair.arrays:
            bar = adjoint.bars.get(a.id) if isinstance(a, ast.Name) else None
            bars.append(bar or expression("zeros_for(a, base_)", a=a))
        elif k in pair.scalars:
            taken.append(adjoint.fresh("b"))
            if isinstance(a, ast.Name) and a.id in adjoint.bars:
                added.append(Set(load(adjoint.bars[a.id]), load(taken[-1]), "+"))
    value = call(pair.backward, [*given, *bars, seed, "base_", *_STACKS])
    back = [Set(tuple_of([*taken, *TOPS.values()]), value), *added]
    if name in adjoint.bars and adjoint.inside:
        back.append(zeroed(adjoint.bars[name]))
    adjoint.used |= uses
    return forward, [*back, *before], (needed - {name}) | uses


def _keep_result(adjoint, name, forward):
    """Keep the old value of the variable that a call's result overwrites; return (F, R)."""
    adjoint.starts.add(name)
    push, taken, ready = adjoint.keep(name, adjoint.types[name])
    return push + forward, [*ready, Assign(name, taken)]


def _call_both(adjoint, joint, s, needed):
    """Return (F, R, needed) of a call that R repeats, by a function with both sweeps."""
    name = s.names[0]
    forward, before, restored = adjoint.plain([s]), [], []
    for k in sorted(joint.changed):  # R needs these arguments as they were before the call
        array = s.arguments[k].id
        kept = adjoint.fresh(f"{array}_old")
        forward = adjoint.keep_items(array, forward, kept)
        restored += statements("a[:] = kept[-1]", a=array, kept=kept)
        before += statements("a[:] = last_of(kept)", a=array, kept=kept)
    if name in needed:
        forward, back = _keep_result(adjoint, name, forward)
        before += back
    pulled, uses = [], {n for a in s.arguments for n in names_in(a)}
    seed = adjoint.bars.get(name)
    if seed is not None:
        uses |= {content(adjoint.memory(a.id)) for a in s.arguments if is_array(a.type)}
        pulled = [*restored, *joint_call(adjoint, joint, s, seed), *adjoint.cleared(name)]
    adjoint.used |= uses
    return forward, [*pulled, *before], (needed - {name}) | uses


class Pair:
    """The names of the two functions of a program.

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
        keep += push if isinstance(push[0], Room) else [Room("stack_", constant(1, None)), *push]
        take = [*ready, Assign(n, taken), *take]
    starts = [inner.zero(n) for n in sorted({*inner.starts, *saved} - {*p.parameters})]
    result = p.results[0]
    adjoint.functions += inner.functions
    adjoint.add_function(
        pair.forward,
        [*p.parameters, "base_", *_STACKS],
        [*starts, *forward, *keep, Return(tuple_of([result, *_STACKS]))],
        apart=True,
    )
    given = {p.parameters[k] for k in pair.arrays}
    bars = [inner.bars.get(p.parameters[k]) or inner.fresh("unused") for k in pair.arrays]
    zeros = [zeroed(inner.bars[n]) for n in sorted(inner.bars) if n not in given]
    zeros += [inner.zero(n) for n in sorted(inner.starts - {*p.parameters, *saved})]
    seed = statements("bar += seed_", bar=inner.bars[result]) if result in inner.bars else []
    scalars = [inner.bars.get(p.parameters[k], constant(0.0, None)) for k in pair.scalars]
    last = Return(tuple_of([*scalars, *TOPS.values()]))
    adjoint.add_function(
        pair.backward,
        [*p.parameters, *bars, "seed_", "base_", *_STACKS],
        [*zeros, *take, *seed, *back, last],
        apart=given_apart(p),
    )


def given_apart(program):
    """Tell whether no array can be two arguments of a function: all have different dtypes."""
    dtypes = [program.types[n].dtype for n in program.parameters if is_array(program.types[n])]
    return len({*dtypes}) == len(dtypes)


def joint_call(adjoint, joint, s, seed):
    """Return the call of a `Joint`, and the statements that add the scalars' cotangents."""
    taken, bars, added = [s.names[0]], [], []
    for k in joint.arrays:
        a = s.arguments[k]
        bars.append(adjoint.bars.get(text(a)) or expression("zeros_for(a, base_)", a=a))
    for k in joint.scalars:
        taken.append(adjoint.fresh("b"))
        bar = adjoint.bars.get(text(s.arguments[k]))
        if bar:
            added.append(Set(load(bar), load(taken[-1]), "+"))
    value = call(joint.name, [*s.arguments, *bars, seed])
    target = tuple_of(taken) if len(taken) > 1 else load(taken[0])
    return [Set(target, value), *added]
