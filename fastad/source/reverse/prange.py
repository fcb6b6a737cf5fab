"""Loops under prange: chunks of iterations, each with adjoints of its own, added up in order.

The iterations are cut into chunks; how many depends on the number of iterations alone.  Each chunk
adds to sums and adjoints of its own, which are merged in the order of the chunks: the result is
the same, to the last bit, for any number of threads.  An array of which each iteration accesses
only items of its own (``y[i]``, i the loop's variable) is shared by all chunks.
"""

import ast

from numba.core import types

from ..analysis.activity import real
from ..analysis.array_coverage import covers
from ..analysis.contents import array_parts, content
from ..analysis.nonnegative import never_negative
from ..ir.expressions import call, constant, expression, index_parts, item, load
from ..ir.statements import (
    Assign,
    Do,
    Fill,
    Set,
    Store,
    Unsupported,
    expressions,
    stored_into,
    walk,
    written,
)
from ..ir.templates import statements
from .loop_facts import bounds_of, items_apart, kept_around, only_added, own_names, times
from .loops import each_iteration
from .outline import holds_array, iterations_function, received, returned
from .storage import of_kind

WAY_OUT = "; write range for prange in the function that is differentiated"


class Shared(Unsupported):
    """A prange loop's iterations share what threads may not: one thread reverses them, in order."""


def runs_in_chunks(adjoint, s):
    """Tell whether a loop is run in chunks: it is under prange and inside no other loop."""
    if not adjoint.in_threads:
        return False
    within = adjoint.inside or adjoint.lift or "both_sweeps" not in adjoint.passes
    return s.parallel and not within


def parallel_loop(adjoint, s, needed):
    """Return (F, R, needed) of a loop under prange: run once, and once more with its reverse.

    Raises
    ------
    Shared
        If iterations share more than sums.
    """
    info = independent(adjoint, s)
    if {content(m) for m in info.outputs | info.private} & needed:
        raise Shared(
            "a prange loop overwrites items that are needed before it; write into a new array"
            + WAY_OUT,
            s,
        )
    uses = bounds_of(adjoint, s)
    first, last = kept_around(adjoint, {s.name} | info.sums, needed)
    forward = [*first, *in_chunks(adjoint, s, info, adjoint.plain(s.body), "values")]
    added = {m for m in info.outputs if _added_to(adjoint, s, m)}
    # The loop runs twice: the second time it must not add to sums and outputs again.
    body, used, _ = each_iteration(adjoint, s, unwritten=info.sums | added)
    read = {m for m in added if content(m) in used}  # R reads the items that its iteration set
    if read:
        if not all(covers(adjoint.loops, m, s) and items_apart(adjoint, s, m) for m in read):
            raise Shared(
                f"a prange loop sets items of {min(read)}, reads them and adds to them" + WAY_OUT, s
            )
        body, used, _ = each_iteration(adjoint, s, unwritten=info.sums | added - read)
    if not any(n in adjoint.bars for n in info.sums | info.outputs):
        return forward, last, needed
    back = in_chunks(adjoint, s, info, body, "iterations")
    used = (used - own_names(adjoint, s, info)) | uses
    adjoint.used |= used
    return forward, [*back, *last], (needed - info.private) | used


def independent(adjoint, s):
    """Return the loop's `Independent`, or raise `Shared`."""
    info = adjoint.loops.independent(s)
    if info is None:
        raise Shared(
            "the iterations of a prange loop share more than sums and items of their own" + WAY_OUT,
            s,
        )
    if info.counters:
        raise Shared(f"a prange loop reads {min(info.counters)}, a count" + WAY_OUT, s)
    return info


def _added_to(adjoint, s, memory):
    """Tell whether a loop adds to an array, so that it must not write into it twice."""
    writes = [t for t in walk(s.body) if isinstance(t, Store | Fill)]
    return any(t.add for t in writes if adjoint.memory(t.array) == memory)


def in_chunks(adjoint, s, info, iteration, hint="iterations"):
    """Add the functions that run a loop in chunks to the adjoint; return the call."""
    name, given, results, extra = iterations_function(adjoint, s, info, iteration, hint)
    roles = {
        n: _role(adjoint, s, info, iteration, given, n) for n in given if holds_array(adjoint, n)
    }
    parts = {n: adjoint.fresh(f"{n}_parts") for n, role in roles.items() if role != "shared"}
    sums = {n: adjoint.fresh(f"{n}_parts") for n in results}
    words = ("chunk", "chunks", "iterations", "done")
    chunk, count, iterations, done = own = [adjoint.fresh(n) for n in words]
    at = dict(zip(words, own, strict=True))
    stacks = {k: adjoint.fresh(f"{k}own") for k in extra}
    rows = {n: _row(adjoint, n, item(p, [load(chunk)])) for n, p in parts.items()}
    begin = rows | {n: _zero(adjoint, n) for n in sums}
    inner = [begin.get(n, n) for n in given]
    place = "first_ + chunk * iterations // chunks"
    first, last = (
        expression(place, **at | {"chunk": c}) for c in (chunk, expression("chunk + 1", **at))
    )
    one = call(name, [first, last, *inner, *stacks.values()])
    own = [t for k, v in stacks.items() for t in statements("own = np.empty_like(k)", own=v, k=k)]
    body = [*own, *_kept(adjoint, one, sums, chunk), *statements("done[chunk] = 1", **at)]
    shared = [n for n in given if n not in parts and n not in sums]
    all_parts = [*parts.values(), *sums.values(), done]
    threads = adjoint.fresh(f"{name}_by_threads")
    signature = ["first_", iterations, count, *shared, *all_parts, *extra]
    run = statements("for chunk in numba.prange(chunks): BODY", BODY=body, **at)
    adjoint.add_function(threads, signature, [*run, returned([])], kind="in_parallel")
    body = statements("iterations = max(last_ - first_, 0)", **at)
    body += statements("chunks = chunks_of(iterations)", **at)
    for n, p in parts.items():
        value = expression("parts_of(whole, chunks)", whole=_row(adjoint, n, load(n)), **at)
        body.append(Assign(p, value))
    body += statements("done = np.zeros(chunks, np.int64)", **at)
    for n, p in sums.items():
        dtype = [] if _real(adjoint, n) else [expression(f"np.{_integer(adjoint, n)}")]
        body += statements("p = np.zeros(chunks, *dtype)", p=p, dtype=dtype, **at)
    body.append(Do(call(threads, signature)))
    # Numba's threads lose exceptions: run the iterations once more in this thread, to raise them.
    again = call(name, ["first_", "last_", *inner, *stacks.values()])
    template = """
        if done.sum() < chunks:
            chunk = 0
            OWN
            AGAIN
            raise RuntimeError("fastad: an iteration of a prange loop raised an exception")
    """
    body += statements(template, OWN=own, AGAIN=[Do(again)], **at)
    merge = [Set(load(n), rows[n], "+") for n in parts if roles[n] == "added"]
    merge += [Set(load(n), item(p, [load(chunk)]), "+") for n, p in sums.items()]
    if merge:
        body.append(times(chunk, count, merge))
    whole = adjoint.fresh(f"{name}_in_chunks")
    adjoint.add_function(whole, ["first_", "last_", *given, *extra], [*body, returned(results)])
    return [received(results, call(whole, [s.start, s.stop, *given, *extra.values()]))]


def _kept(adjoint, one, sums, chunk):
    """Return the statements that run one chunk, and store its share of each sum."""
    if not sums:
        return [Do(one)]
    found, place = adjoint.fresh("found"), [load(chunk)]
    shares = [item(found, [constant(k, None)]) for k in range(len(sums))]
    kept = [Store(p, place, share) for p, share in zip(sums.values(), shares, strict=True)]
    return [Assign(found, one), *kept]


def _row(adjoint, name, value):
    """Return a chunk's row of the parts of an array or of adjoints, or the array for such a row.

    It is transposed for an array in Fortran order, as the rows themselves are in C order.
    """
    by_bar = {bar: n for n, bar in adjoint.bars.items()}
    t = adjoint.types[by_bar.get(name, name)]
    turned = t.layout == "F" and t.ndim > 1
    return ast.Attribute(value, "T", ast.Load()) if turned else value


def _zero(adjoint, name):
    if _real(adjoint, name):
        return constant(0.0, None)
    return of_kind(constant(0, None), _integer(adjoint, name))


def _integer(adjoint, name):
    """Return the type of a sum of integers: unsigned ones are counted modulo 2**64."""
    return types.unliteral(adjoint.types[name])


def _real(adjoint, name):
    """Tell whether a scalar is a float: a sum, or an adjoint."""
    return name in adjoint.bars.values() or real(adjoint.types[name])


def _role(adjoint, s, info, iteration, given, name):
    """Return "shared", "scratch" (each chunk has its own) or "added" (and they are summed)."""
    by_bar = {bar: n for n, bar in adjoint.bars.items()}
    is_bar, memory = name in by_bar, adjoint.memory(by_bar.get(name, name))
    if memory in info.private:
        return "scratch"
    kin = [by_bar.get(n, n) for n in given if (n in by_bar) == is_bar and holds_array(adjoint, n)]
    alone = sum(adjoint.memory(n) == memory for n in kin) == 1  # no view beside it is given
    one_index = never_negative(s, adjoint.loops.not_negative)  # no item has two indices
    if alone and one_index and own_items(iteration, name, s.name):
        return "shared"
    if memory in info.outputs:
        if only_added(adjoint, s, memory):
            return "shared" if is_bar else "added"  # of a sum the adjoints are only read
        if not _added_to(adjoint, s, memory) and not _read_after(adjoint, s, memory):
            return "scratch"
        raise Shared(
            f"two iterations of a prange loop may write the same item of {name}; index it by "
            f"{s.name} alone in one of its axes" + WAY_OUT,
            s,
        )
    return "added" if is_bar else "shared"


def _read_after(adjoint, s, memory):
    """Tell whether an array's items are read outside of the loop, or may be by the caller."""
    p, inside = adjoint.program, {id(t) for t in walk(s.body)}
    names = {n for n in adjoint.types if adjoint.memory(n) == memory}
    others = [t for t in adjoint.loops.all if id(t) not in inside]
    the_callers = names & {*p.results, *p.parameters}
    return bool(the_callers) or adjoint.loops.values_read(others, names)


def own_items(iteration, name, variable):
    """Tell whether all accesses to an array have the loop's variable as index, on one axis."""
    axes, items, mentions = None, 0, 0
    for t in walk(iteration):
        places = [n for e in expressions(t) for n in ast.walk(e) if isinstance(n, ast.Subscript)]
        indices = [index_parts(n.slice) for n in places if getattr(n.value, "id", "") == name]
        indices += [t.index] if isinstance(t, Store) and t.array == name else []
        for index in indices:
            here = {k for k, i in enumerate(index) if isinstance(i, ast.Name) and i.id == variable}
            axes = here if axes is None else axes & here
        items += len(indices)
        mentions += sum(_mentions(e, name) for e in expressions(t)) + (
            stored_into(t) == name and not isinstance(t, Set)
        )
        mentions += name in written(t)
    return axes != set() and items == mentions  # axes is None if no item is accessed


def _mentions(node, name):
    """Return how often an array is mentioned other than for its extents."""
    if isinstance(node, ast.Name):
        return node.id == name
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "len":
        return 0
    return sum(_mentions(part, name) for part in array_parts(node))
