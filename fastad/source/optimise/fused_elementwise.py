"""The adjoint of several elementwise operations in one statement: one loop over all items."""

import ast

from ..analysis.activity import flows
from ..analysis.contents import content
from ..ir.expressions import call, constant, expression, item, load
from ..ir.statements import Assign, is_array, reading
from ..reverse.expressions import Pullback
from ..reverse.loop_facts import times
from ..reverse.outline import received, returned


class FusedElementwise:
    """Several elementwise operations on arrays are one statement, and their adjoint one loop.

    Legal because the operations are elementwise: an item of the result depends on one item of each
    operand, so that the loop's body is the adjoint of an expression of numbers. The front end,
    which merges the operations, must see to it that no operand is written into before the statement
    (`Expressions.in_order` copies those that a later call changes).

    Examples
    --------
    >>> import numpy as np
    >>> from fastad.source.emit.shown import change_by
    >>> def f(x):
    ...     return np.sum(x * x + 2.0 * x)
    >>> print(change_by("elementwise", f, np.ones(4), about="# array,pull_,share"))
    +def f_shares(array_bar, x_bar, x):
    +        share = array_bar[i0]
    +        x_bar[i0 * x_step] += share * x[i0 * x_step]
    +        x_bar[i0 * x_step] += share * x[i0 * x_step]
    +        x_bar[i0 * x_step] += share * 2.0
    -    # array_2 = array + array_1
    -    pull_add_x(array_bar, array_2_bar, array, array_1, array_2)
    -    pull_add_y(array_1_bar, array_2_bar, array, array_1, array_2)
    -    # array_1 = 2.0 * x
    -    pull_mul_y(x_bar, array_1_bar, 2.0, x, array_1)
    -    # array = x * x
    -    pull_mul_x(x_bar, array_bar, x, x, array)
    -    pull_mul_y(x_bar, array_bar, x, x, array)
    +    # array = x * x + 2.0 * x
    +    f_shares(array_bar, x_bar, x)
    """

    name = "elementwise"

    def elementwise(self, adjoint, s):
        return merged(adjoint, s)


class _Items:
    """The activity of an expression in which each array's name stands for one of its items."""

    def __init__(self, active):
        self.active = active

    def is_active(self, node):
        return bool(flows(node) & self.active)

    @staticmethod
    def items_read(node):
        """Return nothing: here an item is a number."""
        return set()


def merged(adjoint, s):
    """Return (statements, uses) of the adjoint: the call of a new function with the loop.

    The arrays broadcast: along an axis of extent 1 an array's step is 0.
    """
    types = {n.id: n.type for n in ast.walk(s.value) if isinstance(n, ast.Name)}
    leaves = sorted(n for n, t in types.items() if n in adjoint.types or is_array(t))
    active = [n for n in leaves if n in adjoint.activity.active]
    share, result = adjoint.fresh("share"), adjoint.fresh("item")
    ndim = adjoint.types[s.name].ndim
    iterations = [adjoint.fresh(f"i{axis}") for axis in range(ndim)]
    arrays = [n for n in leaves if is_array(types[n])]
    steps = {n: [adjoint.fresh(f"{n}_step") for _ in range(types[n].ndim)] for n in arrays}
    index = {n: _index(iterations, steps[n]) for n in arrays}
    bars = {n: load(adjoint.bars[n]) for n in active}
    bars |= {n: item(adjoint.bars[n], index[n]) for n in active if n in index}
    items, product = _Items(set(active)), adjoint.steepness.product(s.name)
    p = Pullback(items, bars, adjoint.fresh, product).pull(s.value, share, result)
    read = [n for n in leaves if n in p.uses]
    bar, whole = adjoint.bars[s.name], [load(i) for i in iterations]
    given = [bar, *(adjoint.bars[n] for n in active), *read]
    body = []
    for n in index:
        if n in active or n in read:
            like = adjoint.bars[n] if n in active else n
            for axis, step in enumerate(steps[n]):
                k = constant(axis, None)
                value = expression("0 if like.shape[k] == 1 else 1", like=like, k=k)
                body.append(Assign(step, value))
    inner = [Assign(share, item(bar, whole))]
    if p.uses_result:
        given.append(s.name)
        inner.append(Assign(result, item(s.name, whole)))
    inner += reading(p.body, {n: item(n, i) for n, i in index.items() if n in read})
    for axis in reversed(range(ndim)):
        extent = expression("bar.shape[k]", bar=bar, k=constant(axis, None))
        inner = [times(iterations[axis], extent, inner)]
    results = [adjoint.bars[n] for n in active if n not in index]
    name = adjoint.fresh(f"{adjoint.program.name}_shares")
    adjoint.add_function(name, given, [*body, *inner, returned(results)])
    uses = {s.name, *read} | {content(adjoint.memory(n)) for n in read if n in index}
    if p.uses_result:
        uses.add(content(adjoint.memory(s.name)))
    return [received(results, call(name, given))], uses


def _index(iterations, steps):
    """Return the index of an array's item in the loops' present iteration."""
    last = iterations[len(iterations) - len(steps) :]
    return [expression("i * step", i=i, step=k) for i, k in zip(last, steps, strict=True)]
