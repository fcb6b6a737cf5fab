"""The passes over the chunks of rows by Numba's own threads, with ``prange``.

The partition, the kernels, and the order in which what chunks leave behind is merged are those of
`sources.ArraySource`, whose bits these give for any number of threads. Threads take the chunks one
by one, for they are not equally fast; a window of results waits to be merged, as in `threads`.
"""

import os

import numpy as np
from numba import get_num_threads, get_thread_id, prange, threading_layer, typeof, types
from numba.extending import overload
from numba.np.ufunc import parallel

from ..simd.compiled import cached_njit
from ..simd.panels import panel_rows
from . import kernels
from .atomics import (
    address_of,
    as_pointer,
    at_place,
    call_at,
    exchange_if,
    fetch_add,
    place_of,
    pointer_type,
)
from .buffers import Buffers, BuffersOfPass, Gathered
from .partition import most_waiting, shapes_of_sums
from .sources import ArraySource

# Numbers of `state`, which threads share: the chunk to be taken next, how many are merged, whether
# some thread is merging, and how many chunks have rows that are not finite. They are apart, for a
# write holds up who reads beside it.
NEXT, MERGED, MERGING, NOT_FINITE, STATE = 0, 16, 32, 48, 64
CHECKED_ROWS = 2**14  # at once, where there are no compiled threads

_OPTIONS = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
_jit = cached_njit(**_OPTIONS, no_cpython_wrapper=True)
_entry = cached_njit(**_OPTIONS)
_parallel_jit = cached_njit(**_OPTIONS, parallel=True)


@_jit
def _of_thread(buffers, t):
    """Return the `Buffers` of one thread, of those of all."""
    gathered = buffers.gathered
    return Buffers(
        buffers.phi[t],
        buffers.joint[t],
        buffers.side[t],
        buffers.whitened[t],
        buffers.scaled[t],
        buffers.needed[t],
        buffers.label[t],
        buffers.which[t],
        buffers.tiles[t],
        buffers.first[t],
        buffers.by_lane[t],
        Gathered(
            gathered.flat[t],
            gathered.at[t],
            gathered.share[t],
            gathered.deferred_of[t],
            gathered.deferred_at[t],
            gathered.deferred_share[t],
            gathered.order[t],
            gathered.begin[t],
            gathered.most,
        ),
        buffers.group,
    )


def _differences(X, start, stop):
    """Return the sum of ``x - x`` over rows: zero, or NaN if one is not finite."""
    raise NotImplementedError  # compiled code adds along the memory, a tenth of the time


@overload(_differences, jit_options={"fastmath": {"reassoc"}})
def _differences_by_layout(X, start, stop):
    if X.layout == "C":

        def along_memory(X, start, stop):
            flat, d = X.reshape(-1), X.shape[1]
            total = flat[start * d] - flat[start * d]
            for i in range(start * d, stop * d):
                total += flat[i] - flat[i]
            return total

        return along_memory

    def by_columns(X, start, stop):
        total = X[start, 0] - X[start, 0]
        for j in range(X.shape[1]):
            for i in range(start, stop):
                total += X[i, j] - X[i, j]
        return total

    return by_columns


@_jit
def _merge_ready(shared, flats, totals):
    """Merge what is next in the order of the chunks as long as it is there, unless another does.

    flats: what waits, (window, .) each of sums, moved, seconds and totals; totals: their sums.
    """
    state, done = shared
    window = done.size
    while fetch_add(done, fetch_add(state, MERGED, 0) % window, 0) == 1:
        if not exchange_if(state, MERGING, 0, 1):
            return  # who does looks once more when it has ended
        merged = fetch_add(state, MERGED, 0)
        while fetch_add(done, merged % window, 0) == 1:
            slot = merged % window
            for j in range(4):
                # To a zero the first ones are not added: it would turn their -0.0 into 0.0.
                for i in range(flats[j].shape[1]):
                    before = totals[j][i]
                    part = flats[j][slot, i]
                    totals[j][i] = before + part if merged > 0 else part
            fetch_add(done, slot, -1)
            fetch_add(state, MERGED, 1)
            merged += 1
        fetch_add(state, MERGING, -1)


@_jit
def _sum_some(pointer, t):
    """Take chunks, as thread t, until there are no more, and add up what they leave behind."""
    kernel, rows, bounds, plan, buffers, how, shared, waiting, flats, totals = at_place(pointer)
    state, done = shared
    window, n = done.size, bounds.size - 1
    own = _of_thread(buffers, t)
    while True:
        i = fetch_add(state, NEXT, 1)
        if i >= n:
            return 0
        while i - fetch_add(state, MERGED, 0) >= window:
            _merge_ready(shared, flats, totals)  # who waits helps
        fetch_add(state, NOT_FINITE, _differences(rows[0], bounds[i], bounds[i + 1]) != 0.0)
        slot = i % window
        for j in range(4):
            for k in range(flats[j].shape[1]):
                flats[j][slot, k] = 0.0
        call_at(
            kernel,
            (
                rows[0], rows[1], rows[2], bounds[i], bounds[i + 1], plan, own, how[0], how[1],
                waiting[0][slot], waiting[1][slot], waiting[2][slot], waiting[3][slot],
            ),
            None,
        )  # fmt: skip
        fetch_add(done, slot, 1)
        _merge_ready(shared, flats, totals)


@_jit
def _score_some(pointer, t):
    """Take chunks, as thread t, until there are no more, and score their rows."""
    kernel, X, bounds, plan, buffers, state, outputs, far_out = at_place(pointer)
    own = _of_thread(buffers, t)
    while True:
        i = fetch_add(state, NEXT, 1)
        if i >= bounds.size - 1:
            return 0
        fetch_add(state, NOT_FINITE, _differences(X, bounds[i], bounds[i + 1]) != 0.0)
        far_out[i] = call_at(
            kernel,
            (X, bounds[i], bounds[i + 1], plan, own, outputs[0], outputs[1], outputs[2]),
            0,
        )


@_parallel_jit
def _fan_out(work, place, n_threads):
    """Call the function at an address with a place and each of n_threads numbers, by ``prange``."""
    for t in prange(n_threads):
        call_at(work, (as_pointer(place), t), 0)


@_entry
def _run(work, arguments, n_threads):
    """Have n_threads threads work with some arguments."""
    _fan_out(work, place_of(arguments), n_threads)


@_entry
def _run_alone(work, arguments):
    """Do `_run` in the thread that calls."""
    call_at(work, (as_pointer(place_of(arguments)), 0), 0)


_forked = False  # this process, from one in which Numba's threads were at work


def _note_fork():
    global _forked
    _forked = _forked or parallel._is_initialized


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)


def usable_threads():
    """Return how many of Numba's threads a pass may have that starts here, or 0.

    Its workqueue aborts the process where two callers are in it at once, as in a user's own
    ``prange``, and GNU's OpenMP in a child that was forked of a process that used it. In a thread
    of a ``prange``, but the first, it is one.
    """
    n = get_num_threads()  # starts them, and then they have a layer
    if get_thread_id() > 0:
        return 1
    layer = threading_layer()
    unsafe = layer == "workqueue" or (layer == "omp" and _forked and _is_gnu())
    return 0 if unsafe else n


def _is_gnu():
    from numba.np.ufunc import omppool

    return omppool.openmp_vendor == "GNU"


_addresses = {}  # of compiled functions, by what tells the types of their arguments


def _layout(*arrays):
    """Return what tells the types of arrays apart, beside their dimensions."""
    flags = [a.flags for a in arrays]
    return [a.dtype.char for a in arrays], [
        (f.c_contiguous, f.f_contiguous, f.aligned, f.writeable) for f in flags
    ]


def _contiguous(plan):
    """Return a plan in the one layout that the addresses are of; mostly it is so already."""
    for part in (plan.local, plan):
        arrays = {n: a for n, a in part._asdict().items() if isinstance(a, np.ndarray)}
        some = {n: np.ascontiguousarray(a) for n, a in arrays.items() if not a.flags.c_contiguous}
        if some and part is plan.local:
            plan = plan._replace(local=part._replace(**some))
        elif some:
            plan = plan._replace(**some)
    return plan


def _work(key, kernel, of_kernel, work, arguments, n_threads):
    """Have threads do `work` with `arguments`, the first of which the kernel's address will be.

    `of_kernel` returns what a kernel is called with: arguments of the same types.
    """
    key = repr((work.__name__, key))
    if key not in _addresses:
        kernel = address_of(kernel, tuple(map(typeof, of_kernel())))
        pointer = pointer_type((kernel, *arguments))
        _addresses[key] = kernel, address_of(work, (pointer, types.int64))
    kernel, work = _addresses[key]
    arguments = kernel, *arguments
    if n_threads == 1:
        _run_alone(work, arguments)
    else:
        _run(work, arguments, n_threads)


class PrangeSource(ArraySource):
    """An `ArraySource` whose chunks are taken by Numba's threads, where these can be entered.

    Its passes look at the rows, which nobody else has, and raise ValueError if one is not finite.
    The kernels take what all plans have room for: one address for all.
    """

    general = True

    def _add_up(self, plan, n_block, bounds, mode, seed):
        n_threads = min(usable_threads(), len(bounds) - 1)
        if n_threads == 0:
            self._check_rows()
            return super()._add_up(plan, n_block, bounds, mode, seed)
        plan, bounds = _contiguous(plan), np.array(bounds, np.int64)
        rows, shapes = (self.X, self._in_units, self.labels), shapes_of_sums(plan)
        window = max(n_threads, min(2 * n_threads, most_waiting(shapes)))
        waiting = tuple(np.empty((window, *shape)) for shape in shapes)
        totals, state = tuple(map(np.empty, shapes)), np.zeros(STATE, np.int64)
        n_panels = n_block // panel_rows(plan.shift.dtype)
        of_pass = BuffersOfPass(plan, n_panels, fresh=mode == kernels.RANDOM, of=(n_threads,))
        buffers = of_pass.take()

        def of_kernel():
            return *rows, 0, 0, plan, _first(buffers), mode, seed, *(w[0] for w in waiting)

        arguments = (
            rows,
            bounds,
            plan,
            buffers,
            (mode, seed),
            (state, np.zeros(window, np.int64)),
            waiting,
            tuple(part.reshape(window, -1) for part in waiting),
            tuple(part.reshape(-1) for part in totals),
        )
        key = plan.shift.dtype.char, _layout(*rows)
        _work(key, kernels.statistics_chunk, of_kernel, _sum_some, arguments, n_threads)
        of_pass.give_back(buffers)
        of_pass.end()
        _check_finite(state[NOT_FINITE] == 0)
        return totals

    def _score_all(self, plan, n_block, bounds, scores, resp, labels):
        n_threads = min(usable_threads(), len(bounds) - 1)
        if n_threads == 0:
            self._check_rows()
            return super()._score_all(plan, n_block, bounds, scores, resp, labels)
        plan, bounds = _contiguous(plan), np.array(bounds, np.int64)
        n_panels = n_block // panel_rows(plan.shift.dtype)
        of_pass = BuffersOfPass(plan, n_panels, of=(n_threads,))
        buffers = of_pass.take()
        outputs, far_out = (scores, resp, labels), np.empty(len(bounds) - 1, np.int64)

        def of_kernel():
            return self.X, 0, 0, plan, _first(buffers), *outputs

        state = np.zeros(STATE, np.int64)
        arguments = self.X, bounds, plan, buffers, state, outputs, far_out
        key = plan.shift.dtype.char, _layout(self.X, *outputs)
        _work(key, kernels.score_chunk, of_kernel, _score_some, arguments, n_threads)
        of_pass.give_back(buffers)
        of_pass.end()
        _check_finite(state[NOT_FINITE] == 0)
        return far_out.tolist()

    def _check_rows(self):
        for start in range(0, self.n_rows, CHECKED_ROWS):
            _check_finite(np.isfinite(self.X[start : start + CHECKED_ROWS]).all())


def _check_finite(all_are):
    if not all_are:
        raise ValueError("X must be finite, got NaN or infinity in it: drop such rows, or fill in")


def _first(buffers):
    """Return the `Buffers` of the first thread, of those of all."""
    of_thread = {n: a[0] for n, a in buffers._asdict().items() if isinstance(a, np.ndarray)}
    gathered = Gathered(*(a[0] if isinstance(a, np.ndarray) else a for a in buffers.gathered))
    return buffers._replace(**of_thread, gathered=gathered)
