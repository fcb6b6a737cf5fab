"""The adjoint of several elementwise operations in one statement: one loop over all items."""

import ast

from ..analysis.activity import flows
from ..analysis.contents import content
from ..ir.statements import clone, is_array
from .expressions import Pullback
from .outline import overlapping


class _Items:
    """What is active where each name stands for an item."""

    def __init__(self, active, selected):
        self.active, self.selected = active, selected

    def is_active(self, node):
        return bool(flows(node) & self.active)

    @staticmethod
    def items_read(node):
        """Return nothing: an item is as good as a number here."""
        return set()


def merged(adjoint, s):
    """Return (lines, uses) of the call of a new function, which has the loop.

    Its arrays broadcast: one with an extent of 1 is read at the same item all along.
    """
    types = {n.id: n.type for n in ast.walk(s.value) if isinstance(n, ast.Name)}
    leaves = sorted(n for n, t in types.items() if n in adjoint.types or is_array(t))
    active = [n for n in leaves if n in adjoint.activity.active]
    items = _Items(set(active), adjoint.activity.selected)
    share, result = adjoint.fresh("share"), adjoint.fresh("item")
    ndim = adjoint.types[s.name].ndim
    iterations = [adjoint.fresh(f"i{axis}") for axis in range(ndim)]
    arrays = [n for n in leaves if is_array(types[n])]
    steps = {n: [adjoint.fresh(f"{n}_step") for _ in range(types[n].ndim)] for n in arrays}
    index = {n: _index(iterations, steps[n]) for n in arrays}
    bars = {n: adjoint.bars[n] + index.get(n, "") for n in active}
    p = Pullback(items, bars, adjoint.fresh).pull(clone(s.value), share, result)
    read = [n for n in leaves if n in p.uses]
    bar = adjoint.bars[s.name]
    given = [bar, *(adjoint.bars[n] for n in active), *read]
    whole = f"[{', '.join(iterations)}]"
    lines = []
    for n in index:
        if n in active or n in read:
            like = adjoint.bars[n] if n in active else n
            for axis, step in enumerate(steps[n]):
                lines.append(f"{step} = 0 if {like}.shape[{axis}] == 1 else 1")
    inner = [f"{share} = {bar}{whole}"]
    if p.uses_result:
        given.append(s.name)
        inner.append(f"{result} = {s.name}{whole}")
    inner += [_at(line, {n: i for n, i in index.items() if n in read}) for line in p.lines]
    for axis in reversed(range(ndim)):
        inner = [f"for {iterations[axis]} in range({bar}.shape[{axis}]):", inner]
    results = [adjoint.bars[n] for n in active if n not in index]
    name = adjoint.fresh(f"{adjoint.program.name}_shares")
    returned = ", ".join(results) + ("," if len(results) == 1 else "")
    header = f"def {name}({', '.join(given)}):"
    body = [*lines, *inner, f"return ({returned})" if results else "return 0"]
    adjoint.functions.append((name, [header, body], not overlapping(adjoint, given)))
    uses = {s.name, *read} | {content(adjoint.memory(n)) for n in read if n in index}
    if p.uses_result:
        uses.add(content(adjoint.memory(s.name)))
    call = f"{name}({', '.join(given)})"
    return [f"({returned}) = {call}" if results else call], uses


def _index(iterations, steps):
    """Return the index of the item of an array that the loop is at."""
    last = iterations[len(iterations) - len(steps) :]
    return f"[{', '.join(f'{i} * {step}' for i, step in zip(last, steps, strict=True))}]"


def _at(line, index):
    """Return a line with the items that it reads in place of the arrays' names."""
    tree = ast.parse(line)

    class Items(ast.NodeTransformer):
        def visit_Name(self, node):
            if node.id in index and isinstance(node.ctx, ast.Load):
                return ast.parse(node.id + index[node.id], mode="eval").body
            return node

    return ast.unparse(Items().visit(tree))
