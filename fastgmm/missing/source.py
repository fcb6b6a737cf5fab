"""`MissingSource`: rows in which values are missing, at random, and what is expected of them."""

import copy

import numpy as np

from ..covariances.definite import congruent
from ..covariances.factors import precisions_cholesky_of
from ..mixture import assemble
from ..passes.chunked import seed_of_part
from ..passes.far_out import score_far_out
from ..passes.kernels import HARD, RANDOM, SOFT
from ..passes.partition import most_waiting
from ..passes.plan import variances_of
from ..passes.some_rows import SCAN_ROWS
from ..passes.sources import ArraySource
from ..passes.statistics import SufficientStats, check_no_overflow, overflow_checked_later
from ..passes.threads import ordered_reduce
from ..simd.compiled import readonly
from ..simd.panels import panel_rows
from ..simd.products import unpack_square
from .kernels import missing_score_chunk, missing_statistics_chunk
from .plan import (
    FLOAT64,
    as_matrices,
    make_missing_buffers,
    make_missing_plan,
    panels_of_block,
    shapes_of_missing_sums,
)

# Rows of a chunk, which are sorted by what they miss: enough for many to miss the same, and for the
# order to be told in two bytes; but so many chunks, or more, for threads to share.
FEWEST_CHUNK_ROWS, MOST_CHUNK_ROWS, CHUNKS = 2048, 16384, 12

# So many rows of a panel that miss the same have one of their own.
ENOUGH_ALIKE = 14

# A subsample is of complete rows alone if there are so many of the rows it would have.
LEAST_COMPLETE = 0.5

_NO_LABELS = np.empty(0, np.int64)
_MODES = {"soft": SOFT, "hard": HARD, "random": RANDOM}


def has_missing(X):
    """Tell whether an array has NaN in it; where it has none the rows are read once."""
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(np.sum(X)):
            return False
    return any(np.isnan(X[i : i + SCAN_ROWS]).any() for i in range(0, len(X), SCAN_ROWS))


class MissingSource(ArraySource):
    """Rows of an array in memory (or mapped into it) with NaN where a value is missing.

    Missing at random: that a value is missing may depend on the known values of its row, not on
    itself. Then the likelihood is the product of the densities of what is known (Little and Rubin),
    and EM takes for what is missing its conditional mean and covariance under each component. A row
    that misses all has the weights for responsibilities, and the density 1.

    Parameters
    ----------
    X, sample_weight, labels
        As of `ArraySource`. Passes compute in float64, whatever the dtype of X.
    dtype : {float64, float32}, optional
        That results should have; by default that of X.

    Attributes
    ----------
    most_missing : int
        By a row that does not miss all.
    known : bool ndarray of shape (D,)
        Whether a feature is known in any row of positive weight.

    Notes
    -----
    Beside X there are two bytes a row, or a little more: the order in which rows are taken.

    References
    ----------
    Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm", J. R.
    Statist. Soc. B 39, 1977. Ghahramani and Jordan, "Supervised learning from incomplete data via
    an EM approach", NIPS 6, 1994. Little and Rubin, *Statistical Analysis with Missing Data*.
    """

    complete = False
    result_dtype = FLOAT64

    def __init__(self, X, sample_weight=None, labels=None, dtype=None):
        super().__init__(X, sample_weight, labels, FLOAT64)
        self.result_dtype = np.dtype(X.dtype if dtype is None else dtype)
        self.most_missing, self.n_complete, n_missing = 0, 0, 0
        self.known = np.zeros(X.shape[1], bool)
        rows = min(max(FEWEST_CHUNK_ROWS, -(-len(X) // CHUNKS)), MOST_CHUNK_ROWS)
        self._bounds, orders = [*range(0, len(X), rows), len(X)], []
        for start in self._bounds[:-1]:
            some = slice(start, start + rows)
            missing, counts = missing_in(X[some])
            orders.append(order_of(missing, counts))
            counted = slice(None)
            if self.sample_weight.size:
                counted = self.sample_weight[some] > 0
            self.known |= ~missing[counted].all(axis=0)
            self.n_complete += np.count_nonzero(counts[counted] == 0)
            few = counts[counts < X.shape[1]]
            self.most_missing = max(self.most_missing, few.max(initial=0))
            n_missing += int(few.sum())
        self._orders = [readonly(order) for order in orders]
        self._typically_missing = -(-n_missing // max(1, len(X)))

    def in_float64(self):
        """Return the source, of results in float64."""
        other = copy.copy(self)
        other.result_dtype = FLOAT64
        return other

    def parts(self, n):
        """Yield sources of no more than n rows each, in their order, without labels."""
        for start in range(0, self.n_rows, n):
            some = slice(start, start + n)
            yield MissingSource(self.X[some], self.sample_weight[some], dtype=self.result_dtype)

    def or_complete(self):
        """Return the source itself: some row misses a value."""
        return self

    def statistics(
        self,
        mixture,
        covariance_type,
        *,
        mode="soft",
        seed=0,
        second=True,
        centre=None,
        shift=None,
        shifted=None,
        held=False,
        whiten=None,
    ):
        """Return the expected `SufficientStats` of all rows: see `ArraySource.statistics`.

        Moments are about the means of `mixture` unless `shift` says otherwise, whatever `centre`
        and `held` are.
        """
        options = {"second": second, "shift": shift, "shifted": shifted, "whiten": whiten}
        plan = make_missing_plan(mixture, covariance_type, **options)
        sums = [np.zeros(shape) for shape in shapes_of_missing_sums(plan, covariance_type)]
        mode = np.int64(_MODES[mode])

        def chunk(order, start, stop, buffers):
            part = [np.zeros_like(a) for a in sums]
            # An order has places without a row, but not as many as there are rows.
            own_seed = seed_of_part(seed, 2 * start * len(mixture.means))
            missing_statistics_chunk(
                self.X, order, self.sample_weight, self.labels, start, stop, plan, buffers,
                mode, own_seed, *part,
            )  # fmt: skip
            return part

        def merge(part):
            with overflow_checked_later():  # every thread has its own state
                for total, a in zip(sums, part, strict=True):
                    total += a

        self._run(plan, chunk, merge, most_waiting([a.shape for a in sums]))
        with overflow_checked_later():
            stats = _to_stats(plan, mixture, covariance_type, whiten, *sums)
        check_no_overflow(stats.first if stats.second is None else stats.second)
        return stats

    def _run(self, plan, chunk, merge, most_unmerged=None):
        """Merge what ``chunk(order, start, stop, buffers)`` returns, one chunk after another."""
        free, n_panels = [], panels_of_block(plan, self._typically_missing)
        n_panels = min(n_panels, max(map(len, self._orders)) // panel_rows(FLOAT64))

        def task(i):
            try:
                buffers = free.pop()
            except IndexError:
                buffers = make_missing_buffers(plan, n_panels, self.most_missing)
            result = chunk(self._orders[i], *self._bounds[i : i + 2], buffers)
            free.append(buffers)
            return result

        ordered_reduce(task, len(self._orders), merge, most_unmerged=most_unmerged)

    def scores(self, mixture, covariance_type, outputs, centre=None):
        """Fill the arrays of `outputs`: any of "scores" (N,), "resp" (N, K), "labels" (N,).

        And "filled" (N, D), a copy of X: what is missing is filled in by its mean, given what is
        known; under the components of `labels` alone, where there are labels.
        """
        if any(a.dtype == np.float32 for a in outputs.values()):
            wide = {
                n: np.empty(a.shape, a.dtype if a.dtype.kind == "i" else FLOAT64)
                for n, a in outputs.items()
            }
            if "filled" in wide:  # which has the known values; others may hold anything
                wide["filled"][:] = outputs["filled"]
            self.scores(mixture, covariance_type, wide)
            with np.errstate(under="ignore"):
                for name, output in outputs.items():
                    output[:] = np.clip(wide[name], *_limits(output.dtype))
            return
        if "filled" in outputs and "scores" not in outputs:  # which tell those that are far out
            outputs = outputs | {"scores": np.empty(self.n_rows)}
        plan = make_missing_plan(mixture, covariance_type, second=False)
        scores = outputs.get("scores", np.empty(0))
        resp = outputs.get("resp", np.empty((0, 0)))
        labels = outputs.get("labels", _NO_LABELS)
        filled = outputs.get("filled", np.empty((0, 0)))
        of_rows = self.labels if "filled" in outputs else _NO_LABELS
        far_out = []

        def chunk(order, start, stop, buffers):
            return missing_score_chunk(
                self.X, order, of_rows, start, stop, plan, buffers, scores, resp, labels,
                filled,
            )  # fmt: skip

        self._run(plan, chunk, far_out.append)
        if not any(far_out):
            return
        marked = scores < plan.far_out if scores.size else labels < 0
        index = np.flatnonzero(resp[:, 0] < 0 if resp.size else marked)
        for start in range(0, len(index), SCAN_ROWS):
            self._score_far_out(mixture, outputs, index[start : start + SCAN_ROWS], of_rows)

    def _score_far_out(self, mixture, outputs, index, of_rows):
        """Fill in rows that are too far out for the kernels, by mixtures of what is known."""
        rows = self.X[index].astype(np.float64)
        missing = np.isnan(rows)
        patterns, which = np.unique(missing, axis=0, return_inverse=True)
        for i, pattern in enumerate(patterns):
            alike = np.flatnonzero(which.ravel() == i)
            some, known = index[alike], np.flatnonzero(~pattern)
            part, unknown = rows[np.ix_(alike, known)], np.flatnonzero(pattern)
            marginal = _marginal(mixture, known)
            found = score_far_out(part, marginal)
            if of_rows.size:
                found["resp"] = np.equal.outer(of_rows[some], np.arange(len(mixture.means))) * 1.0
            if "filled" in outputs:
                means = _conditional_means(mixture, marginal, part, known, unknown)
                filled = np.einsum("nk,knj->nj", found["resp"], means)
                outputs["filled"][np.ix_(some, unknown)] = filled
            self._put({n: a for n, a in outputs.items() if n != "filled"}, some, found)

    def worst_rows(self, mixture, covariance_type, n):
        """Return up to `n` distinct rows of positive weight that `mixture` explains worst.

        By the density of what is known of them. What is missing is filled in by its mean, given
        that; rows that miss all explain nothing.
        """
        return worst_filled(self.parts(SCAN_ROWS), mixture, covariance_type, n)

    def subsample(self, n, rng):
        """Return `n` rows of positive weight (float64) and their weights, without missing values.

        Of complete rows alone if those are half as many as `n`, or half of all. Otherwise of all,
        and what is missing is the mean of the feature in the others of the sample, or 0.
        """
        weights = self.sample_weight if self.sample_weight.size else np.ones(self.n_rows)
        n_rows = np.count_nonzero(weights)
        if enough_complete(self.n_complete, min(n, n_rows)):
            weights = weights.copy()
            for start in range(0, self.n_rows, SCAN_ROWS):
                some = slice(start, start + SCAN_ROWS)
                weights[some][missing_in(self.X[some])[1] > 0] = 0.0
            return ArraySource(self.X, weights).subsample(n, rng)
        rows, weights = super().subsample(n, rng)
        return filled_by_means(rows, weights), weights

    def drawn(self, n, rng):
        """Return the source of `n` rows of positive weight, which miss what they miss."""
        return MissingSource(*super().subsample(n, rng), dtype=self.result_dtype)


def enough_complete(n_complete, n):
    """Whether a start is better off with complete rows alone, of n that it would have."""
    return n_complete >= LEAST_COMPLETE * n


def filled_by_means(rows, weights):
    """Return rows (n, D) with the means of the others, or 0, for what is missing."""
    missing = np.isnan(rows)
    with overflow_checked_later():
        total = weights @ ~missing
        known = np.where(missing, 0.0, rows)
        means = weights @ known / np.where(total > 0.0, total, 1.0)
    check_no_overflow(means)
    return np.where(missing, means, rows)


def worst_filled(parts, mixture, covariance_type, n):
    """Return up to `n` distinct rows that `mixture` explains worst: see `MissingSource.worst_rows`.

    parts: sources of some rows each, which together are all.
    """
    d = mixture.means.shape[1]
    found, found_scores = np.empty((0, d)), np.empty(0)
    for part in parts:
        scores, filled = np.empty(part.n_rows), np.array(part.X, np.float64)
        part.scores(mixture, covariance_type, {"scores": scores, "filled": filled})
        if part.sample_weight.size:
            scores[part.sample_weight <= 0] = np.inf
        scores[missing_in(part.X)[1] == d] = np.inf
        rows, scores = np.concatenate([found, filled]), np.concatenate([found_scores, scores])
        order = np.argsort(scores, kind="stable")
        order = order[scores[order] < np.inf]
        _, first = np.unique(rows[order], axis=0, return_index=True)
        keep = order[np.sort(first)[:n]]
        found, found_scores = rows[keep], scores[keep]
    return found


def missing_in(rows):
    """Return where values are missing in rows (n, D), and how many are of each, (n,)."""
    missing = np.isnan(rows)
    return missing, np.count_nonzero(missing, axis=1)


def order_of(missing, counts):
    """Return in which order rows that are `missing` (n, D) values are taken, int16.

    `counts` (n,): how many. Panels are of rows that miss the same, as far as there are
    `ENOUGH_ALIKE`, and then of the others, those that miss few first. -1: a lane without a row.
    """
    size = panel_rows(FLOAT64)
    bits = np.packbits(missing, axis=1)
    order = np.lexsort((*bits.T[::-1], counts))
    bits = bits[order]
    begins = np.flatnonzero(np.append(True, (bits[1:] != bits[:-1]).any(axis=1)))
    sizes = np.diff(np.append(begins, len(order)))
    own = np.where(sizes % size >= ENOUGH_ALIKE, sizes, sizes - sizes % size)
    room = own + -own % size
    in_group = np.arange(len(order)) - np.repeat(begins, sizes)
    place = in_group + np.repeat(np.cumsum(room) - room, sizes)
    alike = in_group < np.repeat(own, sizes)
    others = order[~alike]
    found = np.full(room.sum() + len(others) + -len(others) % size, -1, np.int16)
    found[place[alike]] = order[alike]
    found[room.sum() : room.sum() + len(others)] = others
    return found


def _limits(dtype):
    """Return the lowest and the largest number of a dtype; no limits of integers."""
    return (None, None) if dtype.kind == "i" else (np.finfo(dtype).min, np.finfo(dtype).max)


def _marginal(mixture, known):
    """Return the mixture (float64) of the features `known`, an array of their numbers."""
    weights, means, covariances = (np.asarray(a, np.float64) for a in mixture[:3])
    if covariances.ndim == 3:
        covariances = covariances[:, known[:, np.newaxis], known]
    elif covariances.shape[1] > 1:
        covariances = covariances[:, known]
    return assemble(weights, means[:, known], covariances, precisions_cholesky_of(covariances))


def _conditional_means(mixture, marginal, rows, known, unknown):
    """Return the means (K, n, .) of the features `unknown` in rows (n, .) of those `known`."""
    means, covariances = (np.asarray(a, np.float64) for a in mixture[1:3])
    conditional = np.repeat(means[:, np.newaxis, unknown], len(rows), axis=1)
    if covariances.ndim == 3:
        for k, mean in enumerate(conditional):
            factor = marginal.precisions_cholesky[k % len(covariances)]
            both = covariances[k % len(covariances)][np.ix_(known, unknown)]
            mean += ((rows - marginal.means[k]) @ factor) @ (factor.T @ both)
    return conditional


def _to_stats(plan, mixture, covariance_type, whiten, sums, seconds, blank, totals):
    """Return what the kernels summed up as SufficientStats, in the units of the data."""
    k, d = plan.means.shape
    scale, nk = 1.0 / plan.inv_scale, sums[0]
    units = scale if whiten is None else 1.0
    first = sums[1:].T * units
    second, covariances = None, np.asarray(mixture.covariances, np.float64)
    if plan.second and len(plan.triangles):
        second = unpack_square(seconds, d) * np.multiply.outer(units, units)
        if blank.any():
            covariances = as_matrices(covariances, k, d)
            if whiten is not None:
                covariances = congruent(covariances, whiten)
            whole = blank if len(covariances) == k else blank.sum(axis=0, keepdims=True)
            unknown = whole[:, :, np.newaxis] * covariances
            second += unknown if len(second) == k else unknown.sum(axis=0, keepdims=True)
    elif plan.second:
        second = seconds * (units * units) + blank * variances_of(covariances, k, d)
        if covariance_type == "spherical":
            second = second.sum(axis=1, keepdims=True)
    centre = np.asarray(mixture.weights, np.float64) @ (plan.means * scale)
    return SufficientStats(
        nk, first, second, plan.shift * scale, float(totals[0]), float(totals[1]), whiten, centre
    )
