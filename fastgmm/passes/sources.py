"""Where rows come from: an array in memory.

A source gives the EM loop what it needs of the data (`source.Source`): the sufficient statistics
under a mixture, the worst explained rows, a subsample. It never hands out an array of a size that
grows with the number of rows.
"""

import math
from contextlib import nullcontext

import numpy as np

from ..simd.compiled import readonly
from ..simd.panels import panel_rows
from . import kernels
from .batches import drawn_batches
from .buffers import BuffersOfPass
from .chunked import ChunkedSource, Part, Whole, probed_from, unit_of_weight
from .far_out import score_far_out
from .partition import block_rows, partition
from .plan import far_apart
from .some_rows import drawn_ranks, few_rows, in_blocks, of_positive_weight
from .threads import ordered_reduce

WIDENED_ROWS = 2**15  # whose scores are found in float64 at a time, for float32

_NO_ROWS = np.empty(0)
_NO_LABELS = np.empty(0, dtype=np.int64)


class ArraySource(ChunkedSource):
    """Rows of an array in memory (or mapped into it).

    Parameters
    ----------
    X : ndarray of shape (N, D), float64 or float32
        Any strides. Sums over rows are taken in float64 whatever its dtype.
    sample_weight : ndarray of shape (N,), float64, optional
    labels : ndarray of shape (N,), int64, optional
        Known components of rows, -1 where unknown.
    dtype : {float64, float32}, optional
        What the kernels compute in; by default that of `X`.
    unit : float, optional
        A power of two in which weights are measured; by default `unit_of_weight` of these.
    """

    def __init__(self, X, sample_weight=None, labels=None, dtype=None, unit=None):
        self.X = readonly(X)
        self.dtype = np.dtype(X.dtype if dtype is None else dtype)
        self.sample_weight = readonly(_NO_ROWS if sample_weight is None else sample_weight)
        self.labels = readonly(_NO_LABELS if labels is None else labels)
        if unit is None:
            unit = unit_of_weight(self.dtype, self.sample_weight.max(initial=0.0))
        self._unit = unit
        self._in_units = self.sample_weight
        if self._unit != 1.0:
            self._in_units = readonly(self.sample_weight / self._unit)

    @property
    def n_rows(self):
        return self.X.shape[0]

    @property
    def n_features(self):
        return self.X.shape[1]

    @property
    def weighted(self):
        """Whether the rows have weights."""
        return self.sample_weight.size > 0

    @property
    def rows_dtype(self):
        """The dtype of the rows, whatever the kernels compute in."""
        return self.X.dtype

    @property
    def weight(self):
        """Sum of the sample weights."""
        if not self.sample_weight.size:
            return float(self.n_rows)
        return math.fsum(float(w.sum()) for w in in_blocks(self.sample_weight))

    def in_float64(self):
        """Return the source of the same rows that computes in float64."""
        return type(self)(self.X, self.sample_weight, self.labels, np.float64)

    def batches(self, size, rng):
        """Yield sources of at most `size` rows, in all each row once: see `drawn_batches`."""
        return drawn_batches(self, size, rng)

    def labelled(self):
        """Return the source in which rows of unknown label weigh nothing."""
        known = (self.labels >= 0).astype(np.float64)
        if self.sample_weight.size:
            known *= self.sample_weight
        return type(self)(self.X, known, self.labels, self.result_dtype)

    def _reading(self, bounds):
        return nullcontext(Whole(Part(self.X, self._in_units, self.labels)))

    def _few_rows(self):
        return self.X[few_rows(self.n_rows)].astype(np.float64)

    def _probe_rows(self, size):
        return self.X, probed_from(self.n_rows, size)

    def parts(self, n):
        """Yield sources of no more than n rows each, in their order, without labels."""
        for start in range(0, self.n_rows, n):
            some = slice(start, start + n)
            yield ArraySource(self.X[some], self.sample_weight[some], dtype=self.dtype)

    def scored(self, mixture, covariance_type, names):
        """Yield the first row's number, 0, and the outputs (see `outputs_of`) of all rows."""
        found = outputs_of(self.n_rows, mixture, self.result_dtype, names)
        self.scores(mixture, covariance_type, found)
        yield 0, found

    def scores(self, mixture, covariance_type, outputs, centre=None):
        """Fill the arrays of `outputs`: any of "scores" (N,), "resp" (N, K), "labels" (N,).

        Rows far out are scored once more (see `far_out`); not so about a given `centre` (D,), which
        does what `statistics` does.
        """
        if self.dtype != np.float64 and centre is None and far_apart(mixture):
            for start in range(0, self.n_rows, WIDENED_ROWS):
                some = slice(start, start + WIDENED_ROWS)
                self._score_in_float64(mixture, covariance_type, outputs, some)
            return
        plan = self._plan_of_scores(mixture, covariance_type, centre)
        n_block = block_rows(self.n_rows, plan)
        bounds = partition(self.n_rows, n_block, plan)
        self._score_planned(plan, n_block, bounds, mixture, covariance_type, outputs)

    def _score_planned(self, plan, n_block, bounds, mixture, covariance_type, outputs):
        """Do `scores` by a plan, of the chunks between `bounds`."""
        scores = outputs.get("scores", np.empty(0, self.dtype))
        resp = outputs.get("resp", np.empty((0, 0), self.dtype))
        labels = outputs.get("labels", _NO_LABELS)
        far_out = self._score_all(plan, n_block, bounds, scores, resp, labels)
        if any(far_out):
            marked = (scores < plan.far_out) if scores.size else (labels < 0)
            index = np.flatnonzero(resp[:, 0] < 0 if resp.size else marked)
            for some in in_blocks(index):
                self._score_far_out(mixture, covariance_type, outputs, some)

    def _score_all(self, plan, n_block, bounds, scores, resp, labels):
        """Do `kernels.score_chunk` of the chunks between `bounds`; return what each returns."""
        of_pass = BuffersOfPass(plan, n_block // panel_rows(plan.shift.dtype))
        far_out = []

        def chunk(i):
            buffers = of_pass.take()
            n_far_out = kernels.score_chunk(
                self.X, bounds[i], bounds[i + 1], plan, buffers, scores, resp, labels
            )
            of_pass.give_back(buffers)
            return n_far_out

        ordered_reduce(chunk, len(bounds) - 1, far_out.append)
        of_pass.end()
        return far_out

    def _score_in_float64(self, mixture, covariance_type, outputs, some):
        """Fill the arrays of `outputs` with what float64 finds of some rows, a slice or indices."""
        part = type(self)(self.X[some], dtype=np.float64)
        wide = {
            name: np.empty_like(a[some], np.float64 if a.dtype == self.dtype else None)
            for name, a in outputs.items()
        }
        part.scores(mixture, covariance_type, wide)
        self._put(outputs, some, wide)

    def _score_far_out(self, mixture, covariance_type, outputs, some):
        """Fill in some rows (indices), which the kernels have left out."""
        if self.dtype != np.float64:  # of which most are not too far out for float64
            self._score_in_float64(mixture, covariance_type, outputs, some)
        else:
            self._put(outputs, some, score_far_out(self.X[some].astype(np.float64), mixture))

    def _put(self, outputs, some, found):
        """Put what was found in float64 of some rows into `outputs`, as far as their dtype goes."""
        if "scores" in found:
            found["scores"] = np.maximum(found["scores"], np.finfo(self.dtype).min)
        with np.errstate(under="ignore"):  # of float32
            for name, output in outputs.items():
                output[some] = found[name]

    def subsample(self, n, rng):
        """Return `n` rows of positive weight (a copy, float64) and their weights, or all such.

        One row, at random, of each of `n` equal parts; its sample weight goes with it.
        """
        weighted = self.sample_weight.size > 0
        n_rows = np.count_nonzero(self.sample_weight) if weighted else self.n_rows
        index = drawn_ranks(n, n_rows, rng)
        if n_rows < self.n_rows:
            index = of_positive_weight(in_blocks(self.sample_weight), index)
        rows = np.asarray(self.X[index], dtype=np.float64)  # a copy already
        return rows, self.sample_weight[index] if weighted else np.ones(len(rows))

    def drawn(self, n, rng):
        """Return the source of `n` such rows, as they are."""
        rows, weights = self.subsample(n, rng)
        return ArraySource(rows.astype(self.dtype, copy=False), weights)


def outputs_of(n, mixture, dtype, names):
    """Return arrays for what is found of n rows: any of "scores", "resp" and "labels"."""
    kinds = {"scores": ((n,), dtype), "resp": ((n, len(mixture.means)), dtype)}
    kinds["labels"] = (n,), np.int64
    return {name: np.empty(*kinds[name]) for name in names}
