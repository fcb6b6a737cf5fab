"""A loop that runs forward and backward iteration by iteration, as a function of its own.

For a function the compiler can be told that its arrays do not overlap, its stacks are as large as
one iteration needs, and several threads can each run some of the iterations.
"""

from ..ir.expressions import (
    call,
    constant,
    expression,
    literal,
    load,
    names_in,
    tuple_of,
)
from ..ir.statements import (
    TOPS,
    Assign,
    Do,
    For,
    If,
    Names,
    Return,
    Room,
    Set,
    is_array,
    walk,
    with_blocks,
    written,
)
from ..ir.templates import statements
from .storage import zeroed


def received(results, call):
    """Return the statement that calls a generated function and binds its results, if any."""
    return Set(tuple_of(results), call) if results else Do(call)


def returned(results):
    """Return the statement by which a generated function returns some variables."""
    return Return(tuple_of(results) if results else constant(0, None))


def outline(adjoint, s, info, iteration):
    """Add a function for the loop to the adjoint; return its call.

    Parameters
    ----------
    s : For
    info : Independent
    iteration : list of statements
        One iteration, forward and backward.
    """
    name, given, results, extra = iterations_function(adjoint, s, info, iteration)
    return [received(results, call(name, [s.start, s.stop, *given, *extra.values()]))]


def iterations_function(adjoint, s, info, iteration, hint="iterations"):
    """Add a function that runs a loop's iterations from ``first_`` to ``last_`` to the adjoint.

    Returns
    -------
    name : str
    given, results : list of str
        The variables that are its parameters, and the numbers that it returns.
    extra : dict of str to ast.expr
        Its last parameters, stacks -> the expression that makes the stack.
    """
    names = Names(iteration)
    loaded, stored = names.loaded, names.stored
    inner = {n for t in walk(s.body) for n in written(t)} | {s.name}
    inner -= info.sums | info.counters
    private = inner | {adjoint.bars[n] for n in inner if n in adjoint.bars}
    bars = set(adjoint.bars.values())
    outside = ({*adjoint.types, "base_"} | bars) - private
    given = sorted((loaded | names_in(s.step)) & outside)
    results = sorted(n for n in stored & outside if not holds_array(adjoint, n))
    start = [zeroed(b) for b in sorted(private & bars & loaded) if not holds_array(adjoint, b)]
    start += [adjoint.zero(n) for n in sorted(adjoint.starts & inner)]
    adjoint.starts -= inner
    before, iteration = adjoint.passes.ask("hoist", adjoint, s, iteration) or ([], iteration)
    extra, iteration = stacks_given(adjoint, names, iteration, start, s)
    if "base_" in Names(start).loaded and "base_" not in given:
        given = ["base_", *given]
    for kept in sorted(loaded & {*adjoint.lists.values()}):
        start += statements("kept = []", kept=kept)
        if adjoint.bar_lists.get(kept) in loaded:
            start += statements("kept = []", kept=adjoint.bar_lists[kept])
    name = adjoint.fresh(f"{adjoint.program.name}_{hint}")
    loop = For(s.name, load("first_"), load("last_"), s.step, iteration)
    last = returned(results)
    if before:
        none = expression("len(range(first_, last_, c)) == 0", c=s.step)
        none = expression("last_ <= first_") if literal(s.step) == 1 else none
        before = [If(none, [last], []), *before]
    parameters = ["first_", "last_", *given, *extra]
    adjoint.add_function(name, parameters, [*start, *before, loop, last])
    return name, given, results, extra


def stacks_given(adjoint, names, body, start, loop=None):
    """Decide where a function's stacks come from.

    Stacks whose size is known beforehand are arguments, so that the compiler knows that they do
    not overlap the other arrays; others are made in the function, and grow.

    Parameters
    ----------
    names : Names
        Those of the body before allocations were hoisted out of it.
    start : list of statements
        The beginning of the function, to which statements that make stacks are added.

    Returns
    -------
    dict of str to ast.expr
        Parameter -> the expression of the argument.
    list of statements
        The body, without `Room` for the stacks that are arguments.
    """
    given = {}
    for stack, top in TOPS.items():
        if stack not in names.loaded:
            continue
        need = adjoint.passes.ask("bound", adjoint, names.body, top, loop)
        if need is not None:
            given[stack] = new_stack(stack, need)
            body = without_room(body, stack)
        else:
            start.append(Assign(stack, new_stack(stack, constant(64, None))))
        start.append(Assign(top, constant(0, None)))
    return given, body


def new_stack(stack, size):
    """Return the expression of a new stack with room for a number of values."""
    template = "new_stack(base_, n)" if stack == "stack_" else "np.empty(n, np.int64)"
    return expression(template, n=size)


def holds_array(adjoint, name):
    """Tell whether a variable, or the variable of an adjoint, is an array."""
    for n, bar in adjoint.bars.items():
        if bar == name:
            return is_array(adjoint.types[n])
    return is_array(adjoint.types.get(name))


def without_room(body, stack):
    """Return statements without the `Room` for a stack."""
    kept = [t for t in body if not (isinstance(t, Room) and t.stack == stack)]
    return [with_blocks(t, lambda block: without_room(block, stack)) for t in kept]
