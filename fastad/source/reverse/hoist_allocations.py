"""Arrays that each iteration of a loop makes anew, made once before it and filled again.

Memory from the heap, one piece or two an iteration, would cost more than many an iteration's work.
"""

import ast

import numpy as np

from ..ir.statements import Array, called, names_in, walk, written

FILLS = {np.zeros: 0.0, np.zeros_like: 0.0, np.ones: 1.0, np.ones_like: 1.0}
FILLS |= {np.empty: None, np.empty_like: None}


def hoisted(adjoint, s, iteration, names):
    """Return (lines before the loop, the iteration's lines without them).

    Those before it may raise: they are only for a loop that has an iteration.

    Parameters
    ----------
    s : For
    iteration : list
        The lines of one iteration, forward and at once backward.
    names : Names
        Of those lines.
    """
    if "allocations" not in adjoint.passes:
        return [], iteration
    changing = {n for t in walk(s.body) for n in written(t)} | {s.name}
    before, lines, lasting = [], list(iteration), set()
    for t in s.body:
        if not _repeats(adjoint, t, changing - lasting):
            continue
        own = [t.name, *([adjoint.bars[t.name]] if t.name in adjoint.bars else [])]
        places = [_places(lines, n) for n in own]
        if any(len(p) != 1 for p in places) or any(_bound(names.tree, n) != 1 for n in own):
            continue
        if any(x.endswith(f".append({n})") for n in own for x in _flat(lines)):
            continue
        lasting.add(t.name)
        for n, (k,) in zip(own, places, strict=True):
            before.append(lines[k])
            lines[k] = "" if t.kind == "view" else _fill(adjoint, t, n)
        lines = [line for line in lines if line != ""]
    return before, lines


def _repeats(adjoint, t, changing):
    """Tell whether every iteration makes the same of an array: memory to be filled, or a view."""
    if not isinstance(t, Array) or names_in(t.value) & changing:
        return False
    if adjoint.activity.contents.read_by(t):
        return False
    return t.kind == "view" or called(t.value) in FILLS


def _fill(adjoint, t, name):
    """Return the line that fills memory again as it was when it was made."""
    value = 0.0 if name != t.name else FILLS[called(t.value)]
    return "" if value is None else f"{name}[:] = {value}"


def _places(lines, name):
    return [k for k, x in enumerate(lines) if isinstance(x, str) and x.startswith(f"{name} = ")]


def _bound(tree, name):
    return sum(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)
        for n in ast.walk(tree)
    )


def _flat(lines):
    return [x for line in lines for x in (_flat(line) if isinstance(line, list) else [line])]
