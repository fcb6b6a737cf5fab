"""Rows that are read while others are computed with: one thread fills blocks ahead of a pass."""

import threading
from itertools import pairwise

import numpy as np

from ...simd.compiled import readonly
from ..chunked import Part

BLOCK_BYTES = 2**23  # of the rows of a block, unless a chunk has more
BLOCKS = 3  # at a time: one is read while threads are at the end of another and begin a third


class ReadAhead:
    """A reading (see `chunked.Whole`) of rows from a stream, by blocks of whole chunks.

    Parameters
    ----------
    rows : object
        With ``stream()``, whose ``fill(X, weights)`` fills arrays with the next rows, and
        ``n_features``, ``dtype``, ``weighted``.
    bounds : list of int
        The chunks: chunk i are the rows from ``bounds[i]`` to ``bounds[i + 1]``.
    finish : callable
        Makes the `Part` of ``(X, weights, first)``.

    Notes
    -----
    Blocks are filled in order, and chunks are taken in order and merged in order: the block of
    the first chunk that is not merged is always there or being filled, so nobody waits for ever.
    """

    def __init__(self, rows, bounds, finish):
        self._rows, self._bounds, self._finish = rows, bounds, finish
        self._last = _last_chunks(bounds, rows.n_features * rows.dtype.itemsize)
        self._block_of = np.repeat(np.arange(len(self._last)), np.diff([-1, *self._last]))
        self._changed = threading.Condition()
        self._filled, self._n_filled, self._n_merged, self._n_freed = {}, 0, 0, 0
        self._free = []
        self._error, self._stopped = None, False
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self):
        try:
            self._thread.start()
        except BaseException:  # an interrupt: the thread may run, and nobody will call `__exit__`
            self.stop()
            raise
        return self

    def __exit__(self, failed, *_):
        try:
            self.stop()
            self._thread.join()
        except BaseException:
            self.stop()
            raise
        if failed is None and self._error is not None:  # there are more rows than there were
            raise self._error

    def stop(self):
        """Have whoever waits for a chunk, or for room, wait no more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def take(self, i):
        """Return the Part in which chunk i is, once it has been read."""
        block = self._block_of[i]
        with self._changed:
            while block not in self._filled:
                if self._error is not None:
                    raise self._error
                if self._stopped:
                    raise RuntimeError("the reading was stopped")
                self._changed.wait()
            return self._filled[block][0]

    def merged(self):
        """Be told that the next chunk, in order, is done with."""
        block = self._block_of[self._n_merged]
        self._n_merged += 1
        if self._n_merged <= self._last[block]:
            return
        with self._changed:
            _, arrays = self._filled.pop(block)
            self._n_freed += 1
            self._free.append(arrays)
            self._changed.notify_all()

    def blocks(self):
        """Yield each block's Part and its chunks' bounds in it, one after the other."""
        first = 0
        for last in self._last:
            part = self.take(first)
            yield part, [b - part.first for b in self._bounds[first : last + 2]]
            for _ in range(first, last + 1):
                self.merged()
            first = last + 1

    def _read(self):
        try:
            with self._rows.stream() as stream:
                first_chunk = 0
                for block, last in enumerate(self._last):
                    first, stop = self._bounds[first_chunk], self._bounds[last + 1]
                    arrays = self._wait_for_room(stop - first)
                    if arrays is None:
                        return
                    X, weights = (None if a is None else a[: stop - first] for a in arrays)
                    stream.fill(X, weights)
                    self._put(block, self._finish(X, weights, first), arrays)
                    first_chunk = last + 1
                stream.check_end()
        except BaseException as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _wait_for_room(self, n):
        """Return arrays for n rows and their weights (or None), or None where all is over."""
        with self._changed:
            while self._n_filled - self._n_freed >= BLOCKS and not self._stopped:
                self._changed.wait()
            if self._stopped:
                return None
            for arrays in self._free:
                if len(arrays[0]) >= n:
                    self._free.remove(arrays)
                    return arrays
        X = np.empty((n, self._rows.n_features), self._rows.dtype)
        return X, np.empty(n) if self._rows.weighted else None

    def _put(self, block, part, arrays):
        with self._changed:
            self._filled[block] = part, arrays
            self._n_filled += 1
            self._changed.notify_all()


def _last_chunks(bounds, row_bytes):
    """Return the last chunk of each block: of as many as it has room for, at least one."""
    most, last, start = max(1, BLOCK_BYTES // row_bytes), [], bounds[0]
    for i, (low, high) in enumerate(pairwise(bounds)):
        if high - start > most and low > start:
            last.append(i - 1)
            start = low
    return [*last, len(bounds) - 2]


def part_of(X, weights, labels, first):
    """Return the Part of arrays, or None where there are no weights or labels."""
    nothing, none = np.empty(0), np.empty(0, np.int64)
    weights = nothing if weights is None else weights
    labels = none if labels is None else labels
    return Part(readonly(X), readonly(weights), readonly(labels), first)
