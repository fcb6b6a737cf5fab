"""One loop forward and backward in one pass over the data: what follows it is reversed first."""

from ..analysis.contents import content
from ..analysis.dependence import exposed
from ..ir.expressions import load
from ..ir.statements import Assign, Call, For, Names, is_array, walk, written
from ..reverse.loop_facts import has_loops, reads_in, writes_apart
from ..reverse.loops import each_iteration, undone_items
from ..reverse.outline import outline
from ..reverse.prange import in_chunks, runs_in_chunks


class OnePass:
    """What follows a loop is reversed before it: value and gradient in one pass over the data.

    First run the statements after the loop that do not depend on it, and the reverse of all that
    follows; the adjoints of the loop's results are then known. Then the loop runs, each iteration
    forward and at once backward, and then the statements that depend on it.

    Legal for a loop of loops, or one under prange, whose iterations share nothing but sums
    (`Loops.independent`), and add to an array or store into items of their own (`writes_apart`);
    where no recursive call follows, and the reverse of earlier statements needs nothing that the
    loop overwrites. Nothing that now runs earlier may depend on what now runs later: the reverse of
    what follows reads no value that the loop or a dependent statement makes or keeps, and takes
    back no item that a dependent statement or a result reads; statements that do not depend on the
    loop change nothing that the loop or an earlier dependent one reads; and an iteration's reverse
    takes back no item of an array that the loop writes for others.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad.source.emit.shown import change_by
    >>> def f(x):
    ...     s = 0.0
    ...     for i in range(x.size):
    ...         for j in range(i):
    ...             s += x[i] * x[j]
    ...     return 2.0 * s
    >>> print(change_by("one_pass", f, np.ones(4), beside="both_sweeps", about="s +=,pass,result"))
    -            pass
    +            s += x[i] * x[j]
    -            s += x[i] * x[j]
    -    result = 2.0 * s
    -    result_value = result
    +    result = 2.0 * s
    +    result_value = result
    """

    name = "one_pass"

    def body(self, function, body, needed):
        """Return the statements and their reverse with one loop in one pass, or None."""
        if "both_sweeps" not in function.adjoint.passes:
            return None
        return _in_one_pass(function, body, needed)


def _in_one_pass(function, body, needed):
    a = function.adjoint
    k, info = _to_fuse(a, body)
    if info is None:
        return None
    loop, before, after = body[k], body[:k], body[k + 1 :]
    if info.counters or any(isinstance(t, Call) for t in walk(after)):
        return None
    state = a.mark()
    dependent, free = _sorted_after(a, loop, info, after)
    if dependent is None:
        return None
    first_f, first_r, needed = a.block(before, needed)
    if needed & ({content(m) for m in info.outputs | info.private} | info.sums):
        a.back(state)
        return None
    outer, a.used, before_needed = a.used, set(), set(needed)
    pieces, reads = [], reads_in(a, loop)
    needed = needed | reads
    for s in after:
        f, r, needed = a.statement(s, needed)
        pieces.append((s, f, r))
    made = {n for t in dependent for n in _made(a, t)} | _made(a, loop)
    free_f = [u for s, f, _ in pieces if any(s is t for t in free) for u in f]
    after_r = [u for _, _, r in reversed(pieces) for u in r]
    results = {*function.program.results, *function.given}  # they are saved at the end
    wanted = {n for t in dependent for n in reads_in(a, t)}
    wanted |= {content(a.memory(n)) for n in results if is_array(a.types[n])}
    undone = Names(after_r).stored & (exposed(dependent) | results) & set(a.types)
    keeps = any(_keeps(a, s, f, after_r) for s, f, _ in pieces if any(s is t for t in dependent))
    clash = a.used & made or undone & before_needed or undone_items(a, after_r) & wanted
    if keeps or clash:
        a.back(state)
        return None
    kept = {n: a.fresh(f"{n}_found") for n in sorted(undone)}
    a.used |= outer
    iteration, _, restored = each_iteration(a, loop)
    outputs = {content(m) for m in info.outputs}
    if restored and restored & outputs:  # what follows reads the items that the loop has written
        a.back(state)
        return None
    write = in_chunks if runs_in_chunks(a, loop) else outline
    fused = write(a, loop, info, iteration)
    rest = a.plain(dependent)
    return [
        *first_f,
        *free_f,
        *(Assign(name, load(n)) for n, name in kept.items()),
        *function.seeds(),
        *after_r,
        *fused,
        *(Assign(n, load(name)) for n, name in kept.items()),
        *rest,
        *function.save(),
        *first_r,
    ]


def _to_fuse(a, body):
    """Return the position of the deepest loop that may be fused, and its `Independent`, or None."""
    depth, found = 0, (None, None)
    for k, s in enumerate(body):
        if not isinstance(s, For) or not (has_loops(s.body) or runs_in_chunks(a, s)):
            continue
        if _depth(s) >= depth:
            info = a.loops.independent(s)
            if info is not None and _worth(a, info) and writes_apart(a, s, info):
                depth, found = _depth(s), (k, info)
    return found


def _keeps(a, s, forward, back):
    """Tell whether a statement's F stores a value that ``back`` takes."""
    plain, kept, read = Names(a.plain([s])), Names(forward), Names(back)
    own = (kept.loaded | kept.stored) - plain.loaded - plain.stored
    return bool(own & (read.loaded | read.stored))


def _worth(a, info):
    """Tell whether a loop's sums or outputs carry derivatives."""
    return bool((info.sums | info.outputs) & a.activity.active)


def _sorted_after(a, loop, info, after):
    """Split what follows the loop into (dependent on it, free of it); (None, None) if illegal."""
    values = info.sums | {content(m) for m in info.outputs} | info.counters
    dependent, free = [], []
    reads_loop = reads_in(a, loop)
    for s in after:
        made = _made(a, s)
        if reads_in(a, s) & values or made & values:
            dependent.append(s)
            values = values | made
        else:
            if made & (reads_loop | {n for t in dependent for n in reads_in(a, t)}):
                return None, None
            free.append(s)
    results = set(a.program.results)
    for m in info.outputs:  # if it is a result, it is seeded before the loop: nothing may follow
        if m in results and any(_made(a, s) & {content(m)} for s in dependent):
            return None, None
    return dependent, free


def _made(a, s):
    found = set()
    for u in walk([s]):
        found |= {*written(u)} | a.activity.contents.written_by(u)
    return found


def _depth(s):
    return 1 + max((_depth(t) for t in walk(s.body) if isinstance(t, For)), default=0)
