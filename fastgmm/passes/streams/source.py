"""Rows that are read block by block, in each pass anew: those of files, and of what is not here."""

import math
from itertools import pairwise

import numpy as np

from ...simd.compiled import readonly
from ...simd.panels import panel_rows
from ..batches import drawn_batches
from ..chunked import ChunkedSource, probed_from, unit_of_weight
from ..partition import block_rows, partition
from ..plan import far_apart
from ..some_rows import (
    SCAN_ROWS,
    drawn_ranks,
    few_rows,
    in_blocks,
    of_positive_weight,
    rows_at_once,
)
from ..sources import WIDENED_ROWS, ArraySource, outputs_of
from .read_ahead import ReadAhead, part_of

BATCHES_TOGETHER = 16  # or more, whose rows are in memory to be drawn from

_NO_ROWS = np.empty(0)
_NO_LABELS = np.empty(0, np.int64)


class StreamedSource(ChunkedSource):
    """Rows that a stream gives: as an array of them is, to the bit (see `ArraySource`).

    Parameters
    ----------
    rows : Rows
        See `fastgmm.rows`.
    sample_weight : ndarray of shape (N,), float64, optional
        If the rows have none of their own.
    labels : ndarray of shape (N,), int64, optional
        Known components of rows, -1 where unknown.
    dtype : {float64, float32}, optional
        What the kernels compute in; by default that of the rows.
    kept : dict, optional
        Rows that plans look at, as another source of the same rows has found them.
    """

    def __init__(self, rows, sample_weight=None, labels=None, dtype=None, kept=None):
        self.rows, self.rows_dtype = rows, np.dtype(rows.dtype)
        self.dtype = np.dtype(self.rows_dtype if dtype is None else dtype)
        self.n_rows, self.n_features = rows.shape
        self.sample_weight = _NO_ROWS if sample_weight is None else sample_weight
        self.labels = readonly(_NO_LABELS if labels is None else labels)
        self.weighted = rows.weighted or self.sample_weight.size > 0
        self.weight, largest, self._n_positive = self._weight_facts()
        self._unit = unit_of_weight(self.dtype, largest)
        self._kept = {} if kept is None else kept

    def _weight_facts(self):
        if self.sample_weight.size:
            total = math.fsum(float(w.sum()) for w in in_blocks(self.sample_weight))
            return total, float(self.sample_weight.max()), np.count_nonzero(self.sample_weight)
        if self.rows.weighted:
            return self.rows.weight_facts()
        return float(self.n_rows), 0.0, self.n_rows

    def in_float64(self):
        """Return the source of the same rows that computes in float64."""
        return type(self)(self.rows, self.sample_weight, self.labels, np.float64, self._kept)

    def labelled(self):
        """Return the source in which rows of unknown label weigh nothing."""
        known = (self.labels >= 0).astype(np.float64)
        if self.weighted:
            known *= np.concatenate(list(self._weight_blocks()))
        return type(self)(self.rows, known, self.labels, self.result_dtype)

    def _weight_blocks(self):
        """Yield the weights of all rows, block by block."""
        if self.sample_weight.size:
            return in_blocks(self.sample_weight)
        return self.rows.weight_blocks(SCAN_ROWS)

    def _of_positive_weight(self, ranks):
        """Return the numbers of rows, given their ranks (increasing) among those of weight > 0."""
        return of_positive_weight(self._weight_blocks(), ranks)

    def _reading(self, bounds):
        return ReadAhead(self.rows, bounds, self._part)

    def _part(self, X, weights, first):
        some = slice(first, first + len(X))
        if self.sample_weight.size:
            weights = self.sample_weight[some]
        if weights is not None and self._unit != 1.0:
            weights = weights / self._unit
        return part_of(X, weights, self.labels[some], first)

    def _few_rows(self):
        self._read()
        return self._kept["few"].astype(np.float64)

    def _probe_rows(self, size):
        self._read()
        return readonly(self._kept[size]), np.arange(len(self._kept[size]) // size) * size

    def _read(self, index=()):
        """Return rows and their weights (or None); on the way keep those that plans look at."""
        size = panel_rows(self.dtype)
        wanted = [] if size in self._kept else ["few", size]
        rows_of = {"few": few_rows(self.n_rows), "index": np.asarray(index, np.int64)}
        probes = probed_from(self.n_rows, size)[:, np.newaxis] + np.arange(size)
        rows_of[size] = np.clip(probes, 0, self.n_rows - 1).ravel()  # few rows are not probed
        needed = np.unique(np.concatenate([rows_of[name] for name in ("index", *wanted)]))
        X, weights = self.rows.take(needed) if len(needed) else (None, None)
        for name in wanted:
            self._kept[name] = X[np.searchsorted(needed, rows_of[name])]
        if not len(index):
            return None, None
        at = np.searchsorted(needed, index)
        return X[at], None if weights is None else weights[at]

    def parts(self, n):
        """Yield sources of no more than n rows each, in their order, without labels."""
        bounds = [*range(0, self.n_rows, n), self.n_rows]
        with ReadAhead(self.rows, bounds, self._own_part) as reading:
            for part, of_part in reading.blocks():
                for start, stop in pairwise(of_part):
                    weights = part.weights[start:stop]
                    yield ArraySource(part.X[start:stop], weights, dtype=self.dtype)

    def batches(self, size, rng):
        """Yield parts of no more than `size` rows, in an order that is drawn: see `drawn_batches`.

        In the order of the stream but for what is read together: 16 MiB, or 16 parts.
        """
        for part in self.parts(max(rows_at_once(self.n_features), BATCHES_TOGETHER * size)):
            yield from drawn_batches(part, size, rng)

    def _own_part(self, X, weights, first):
        """Return a Part with the weights as they are."""
        if self.sample_weight.size:
            weights = self.sample_weight[first : first + len(X)]
        return part_of(X, weights, None, first)

    def scores(self, mixture, covariance_type, outputs):
        """Fill the arrays of `outputs`: any of "scores" (N,), "resp" (N, K), "labels" (N,)."""
        for start, found in self.scored(mixture, covariance_type, outputs):
            for name, values in found.items():
                outputs[name][start : start + len(values)] = values

    def scored(self, mixture, covariance_type, names):
        """Yield the first row's number and the outputs of one block of rows after the other.

        names: some of "scores", "resp" and "labels"; the arrays are the caller's.
        """
        if self.dtype != np.float64 and far_apart(mixture):
            start = 0
            for part in self.parts(WIDENED_ROWS):
                found = outputs_of(part.n_rows, mixture, self.dtype, names)
                part.scores(mixture, covariance_type, found)
                yield start, found
                start += part.n_rows
            return
        plan = self._plan_of_scores(mixture, covariance_type)
        n_block = block_rows(self.n_rows, plan)
        bounds = partition(self.n_rows, n_block, plan)
        with ReadAhead(self.rows, bounds, self._own_part) as reading:
            for part, of_part in reading.blocks():
                source = ArraySource(part.X, dtype=self.dtype)
                found = outputs_of(source.n_rows, mixture, self.dtype, names)
                how = mixture, covariance_type, found
                source._score_planned(plan, n_block, of_part, *how)
                yield part.first, found

    def subsample(self, n, rng):
        """Return `n` rows of positive weight (a copy, float64) and their weights, or all such."""
        index = drawn_ranks(n, self._n_positive, rng)
        if self._n_positive < self.n_rows:
            index = self._of_positive_weight(index)
        X, weights = self._read(index)
        if self.sample_weight.size:
            weights = self.sample_weight[index]
        weights = np.ones(len(X)) if weights is None else weights
        return X.astype(np.float64), weights

    drawn = ArraySource.drawn
