"""Where rows come from, and the passes over them: blocks, chunks, threads, merging.

A source gives the EM loop what it needs of the data (`source.Source`): the sufficient statistics
under a mixture, the worst explained rows, a subsample. It never hands out an array of a size that
grows with the number of rows.
"""

import math

import numpy as np

from ..simd.compiled import readonly
from ..simd.panels import panel_rows
from ..simd.products import packed_size, round_up, unpack_square
from ..simd.tiles import LEFT, RIGHT
from . import kernels
from .buffers import BuffersOfPass, make_buffers
from .far_out import score_far_out
from .frames import entries_of_second, out_of_frame
from .plan import MAX_EXPANDED_FEATURES, far_apart, make_plan, n_quadratic, recent_plan
from .statistics import SufficientStats, check_no_overflow, overflow_checked_later, times
from .threads import ordered_reduce

# A block's buffers should stay in the second-level cache of a core (1 MiB and more today).
# Within a block float32 rows are summed in float32: no more of them than lose no digit to speak of.
BLOCK_BYTES = 640 * 1024
MIN_BLOCK, MAX_BLOCK = 240, 504

# Work of a chunk in multiply-adds: about a millisecond, enough to hide what it costs to
# hand it to a thread, little enough to share the work evenly.
CHUNK_WORK = 4e7
EXP_WORK = 30  # one exponential, in multiply-adds
MIN_CHUNK = 1024  # rows
SUMS_BYTES_PER_ROW = 1024
FEWEST_CHUNKS = 4

# With this many components and more, full covariances may be cheaper in the direct form: a few
# panels of rows are tried first, if all rows are so many times more. Of the multiply-adds of a
# product, what is done for each row and component in the direct form, for each feature of a
# gathered row, and for each monomial of a row assigned to one component.
FEWEST_TO_PROBE = 16
PROBES, PROBE_SHARE = 10, 20
PAIR_WORK, GATHER_WORK, HARD_WORK = 64, 24, 16

# Of sums that wait to be merged; large ones make threads wait instead.
WAITING_BYTES = 24 * 2**20

FEW_ROWS = 64  # that tell where most rows are
WIDENED_ROWS = 2**15  # whose scores are found in float64 at a time, for float32
SCAN_ROWS = 4096  # rows scored at a time in search of the worst explained ones

_NO_ROWS = np.empty(0)
_NO_LABELS = np.empty(0, dtype=np.int64)
_MODES = {"soft": kernels.SOFT, "hard": kernels.HARD, "random": kernels.RANDOM}


def block_rows(n_rows, plan):
    """Return the number of rows of a block: it depends on shapes only, never on threads."""
    k, d = plan.shift.shape
    width = plan.n_quadratic + 2 * d + 8 + (k if plan.expand else 0)
    rows = max(MIN_BLOCK, min(MAX_BLOCK, BLOCK_BYTES // (plan.shift.itemsize * width)))
    return round_up(min(rows, n_rows), panel_rows(plan.shift.dtype))


def partition(n_rows, n_block, plan):
    """Return the rows at which the chunks start, and the end: whole blocks, fixed work."""
    k, d = plan.shift.shape
    width = 2 * d * d if not plan.expand and plan.kind < 2 else plan.n_quadratic + 2 * d + 1
    work = k * (2 * width + EXP_WORK) + plan.n_quadratic + 4 * d
    # Where the sums are large, so is what a chunk's own cost: merging them takes a while.
    large = min(k * width * plan.shift.itemsize // SUMS_BYTES_PER_ROW, n_rows // FEWEST_CHUNKS)
    blocks = max(1, round(max(CHUNK_WORK / work, MIN_CHUNK, large) / n_block))
    return [*range(0, n_rows, blocks * n_block), n_rows]


def shapes_of_sums(plan):
    """Return the shapes of the sums, moved, seconds and totals of `kernels.statistics_chunk`."""
    k, d = plan.shift.shape
    n_sums = round_up(1 + d + (plan.n_quadratic if plan.second else 0), RIGHT)
    n_seconds = 0
    if plan.second and plan.kind == kernels.TIED:
        n_seconds = 1
    elif plan.second and plan.kind == kernels.FULL and plan.n_shifted:
        n_seconds = k
    n_moved = n_sums if plan.n_shifted else 0
    return (n_sums, round_up(k, LEFT)), (n_moved, k), (n_seconds, packed_size(d)), (2,)


def most_waiting(shapes):
    """Return how many sums of these shapes may wait to be merged."""
    return WAITING_BYTES // (8 * sum(map(math.prod, shapes)))


class ArraySource:
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
    """

    general = False  # whether all plans have `Plan.local`

    def __init__(self, X, sample_weight=None, labels=None, dtype=None):
        self.X = readonly(X)
        self.dtype = np.dtype(X.dtype if dtype is None else dtype)
        self.sample_weight = readonly(_NO_ROWS if sample_weight is None else sample_weight)
        self.labels = readonly(_NO_LABELS if labels is None else labels)
        self._unit, self._in_units = self._unit_of_weight(), self.sample_weight
        if self._unit != 1.0:
            self._in_units = readonly(self.sample_weight / self._unit)

    @property
    def n_rows(self):
        return self.X.shape[0]

    @property
    def n_features(self):
        return self.X.shape[1]

    @property
    def weight(self):
        """Sum of the sample weights."""
        return float(self.sample_weight.sum()) if self.sample_weight.size else float(self.n_rows)

    def in_float64(self):
        """Return the source of the same rows that computes in float64."""
        return type(self)(self.X, self.sample_weight, self.labels, np.float64)

    def labelled(self):
        """Return the source in which rows of unknown label weigh nothing."""
        known = (self.labels >= 0).astype(np.float64)
        if self.sample_weight.size:
            known *= self.sample_weight
        return ArraySource(self.X, known, self.labels, self.dtype)

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
        """Return the `SufficientStats` of all rows, assigned by `mixture`.

        Parameters
        ----------
        mixture : Mixture
        covariance_type : str
            Of `mixture` and of the second moments. To estimate full covariances from the rows that
            spherical or diagonal ones assign, `mixture` may have those.
        mode : {"soft", "hard", "random"}
            Responsibilities; the most likely component alone; random ones of `seed`.
        seed : int
        second : bool
            Whether the second moments are wanted.
        centre : ndarray of shape (D,), optional
            A point among the rows, should the mixture be far from them.
        shift, shifted : ndarray of shape (K, D) and bool ndarray of shape (K,), optional
            Take the moments of the components `shifted` about these points.
        whiten : ndarray of shape (K or 1, D, D), optional
            Take the moments of rows whitened by these factors, of all components about their means
            or `shift`.
        held : bool
            Whether the means of the components stay, about which alone moments are shifted. They
            are then taken for that, though means are rounded in the frame: so are equal rows.

        Raises
        ------
        ValueError
            If the sums overflow.
        """
        options = {"second": second, "centre": centre, "whiten": whiten}
        options |= {"shift": shift, "shifted": shifted}
        if mode == "random" or self.labels.size:
            options["general"] = True
        plan = self._plan(mixture, covariance_type, mode, **options)
        n_block = block_rows(self.n_rows, plan)
        bounds = partition(self.n_rows, n_block, plan)
        sums = self._add_up(plan, n_block, bounds, _MODES[mode], seed)
        with overflow_checked_later():
            stats = times(self._unit, _to_stats(plan, whiten, *sums))
        if held:
            stats = stats._replace(shift=_where_shifted(plan, mixture.means, stats.shift))
        # By Schwarz's inequality the first moments are finite where the second ones are.
        check_no_overflow(stats.first if stats.second is None else stats.second)
        return stats

    def _add_up(self, plan, n_block, bounds, mode, seed):
        """Return the sums of `kernels.statistics_chunk` over the chunks between `bounds`."""
        of_pass = BuffersOfPass(
            plan, n_block // panel_rows(plan.shift.dtype), fresh=mode == kernels.RANDOM
        )
        result = []
        shapes, rows = shapes_of_sums(plan), (self.X, self._in_units, self.labels)
        if plan.local is None:
            rows, seed = (*rows[:2], None), None

        def chunk(i):
            sums, buffers = [np.zeros(shape) for shape in shapes], of_pass.take()
            kernels.statistics_chunk(
                *rows, bounds[i], bounds[i + 1], plan, buffers, mode, seed, sums[0],
                None if plan.local is None else sums[1],
                None if buffers.whitened is None else sums[2], sums[3],
            )  # fmt: skip
            of_pass.give_back(buffers)
            return sums

        def merge(sums):
            if not result:
                result.extend(sums)
                return
            with overflow_checked_later():  # every thread has its own state
                for total, part in zip(result, sums, strict=True):
                    total += part

        ordered_reduce(chunk, len(bounds) - 1, merge, most_unmerged=most_waiting(shapes))
        of_pass.end()
        return result

    def _unit_of_weight(self):
        """Return a power of two, in which weights far from 1 are measured in float32."""
        if self.dtype != np.float32 or not self.sample_weight.any():
            return 1.0
        exponent = np.floor(np.log2(self.sample_weight.max()))
        return 1.0 if abs(exponent) < 20 else float(np.exp2(exponent))

    def _plan(self, mixture, covariance_type, mode, **options):
        """Plan a pass: of two plans for full covariances, take the one of less work.

        The direct form leaves out what is negligible, the expanded one takes less time for
        what is not. A few rows tell how much that is, and the same rows whatever the threads.
        """
        if self.general:
            options["general"] = True
        options["rows"] = self._few_rows
        k, d = mixture.means.shape
        size = panel_rows(self.dtype)
        if (
            covariance_type != "full"
            or mixture.covariances.ndim == 2
            or k < FEWEST_TO_PROBE
            or not kernels.TILE < d <= MAX_EXPANDED_FEATURES
            or self.n_rows < PROBE_SHARE * PROBES * size
            or mode == "random"
            or self.labels.size > 0
        ):
            make = recent_plan if mode == "scores" else make_plan
            return make(mixture, covariance_type, self.dtype, **options)
        direct = make_plan(mixture, covariance_type, self.dtype, direct=True, **options)
        starts = np.linspace(0, self.n_rows - size, PROBES).astype(np.int64)
        buffers = make_buffers(direct, 1)
        work, pairs = kernels.probe_panels(self.X, starts, direct, buffers)
        width = 1 + d + n_quadratic(direct.kind, d)
        of_direct, of_expanded = work + PAIR_WORK * k, k * width
        if mode == "hard":
            pairs, of_expanded = 1, of_expanded + HARD_WORK * width
        elif mode == "soft":
            of_expanded *= 2
        if mode != "scores":
            of_direct += pairs * (GATHER_WORK * d + d * d)
        if of_direct < of_expanded:
            return direct
        return make_plan(mixture, covariance_type, self.dtype, **options)

    def _few_rows(self):
        """Return some rows, the same each time, as float64."""
        some = np.linspace(0, self.n_rows - 1, min(self.n_rows, FEW_ROWS)).astype(np.int64)
        return self.X[some].astype(np.float64)

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
        if centre is None:
            plan = self._plan(mixture, covariance_type, "scores")
        else:
            plan = self._plan(mixture, covariance_type, "scores", centre=centre)
            plan = plan._replace(far_out=-np.inf)
        n_block = block_rows(self.n_rows, plan)
        bounds = partition(self.n_rows, n_block, plan)
        scores = outputs.get("scores", np.empty(0, self.dtype))
        resp = outputs.get("resp", np.empty((0, 0), self.dtype))
        labels = outputs.get("labels", _NO_LABELS)
        far_out = self._score_all(plan, n_block, bounds, scores, resp, labels)
        if any(far_out):
            marked = (scores < plan.far_out) if scores.size else (labels < 0)
            index = np.flatnonzero(resp[:, 0] < 0 if resp.size else marked)
            for start in range(0, len(index), SCAN_ROWS):
                some = index[start : start + SCAN_ROWS]
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

    def worst_rows(self, mixture, covariance_type, n):
        """Return up to `n` distinct rows of positive weight that `mixture` explains worst."""
        found, found_scores = np.empty((0, self.X.shape[1])), np.empty(0)
        for start in range(0, self.n_rows, SCAN_ROWS):
            part = ArraySource(self.X[start : start + SCAN_ROWS], dtype=self.dtype)
            scores = np.empty(part.n_rows, dtype=self.dtype)
            part.scores(mixture, covariance_type, {"scores": scores})
            scores = scores.astype(np.float64)
            if self.sample_weight.size:
                scores[self.sample_weight[start : start + SCAN_ROWS] <= 0] = np.inf
            rows = np.concatenate([found, part.X])
            scores = np.concatenate([found_scores, scores])
            order = np.argsort(scores, kind="stable")
            order = order[scores[order] < np.inf]
            _, first = np.unique(rows[order], axis=0, return_index=True)
            keep = order[np.sort(first)[:n]]
            found, found_scores = rows[keep], scores[keep]
        return found

    def subsample(self, n, rng):
        """Return `n` rows of positive weight (a copy, float64) and their weights, or all such.

        One row, at random, of each of `n` equal parts; its sample weight goes with it.
        """
        weighted = self.sample_weight.size > 0
        n_rows = np.count_nonzero(self.sample_weight) if weighted else self.n_rows
        if n >= n_rows:
            index = np.arange(n_rows)
        else:
            bounds = np.arange(n + 1) * n_rows // n
            index = bounds[:-1] + (rng.uniform(size=n) * np.diff(bounds)).astype(np.int64)
        if n_rows < self.n_rows:
            index = self._of_positive_weight(index)
        rows = np.asarray(self.X[index], dtype=np.float64)  # a copy already
        return rows, self.sample_weight[index] if weighted else np.ones(len(rows))

    def _of_positive_weight(self, ranks):
        """Return the indices of rows, given their ranks (increasing) among those of weight > 0."""
        index, before = np.empty_like(ranks), 0
        for start in range(0, self.n_rows, SCAN_ROWS):
            positive = np.flatnonzero(self.sample_weight[start : start + SCAN_ROWS])
            first, last = np.searchsorted(ranks, [before, before + len(positive)])
            index[first:last] = start + positive[ranks[first:last] - before]
            before += len(positive)
        return index


def _where_shifted(plan, points, others):
    """Return `points` (K, D) of the components that are shifted, `others` (K, D) of the others."""
    if plan.local is None:
        return others
    return np.where(plan.local.shifted[:, np.newaxis], points, others)


def _to_stats(plan, whiten, sums, moved, seconds, totals):
    """Take sums out of the plan's frame, into SufficientStats in the units of the data."""
    k, d = plan.shift.shape
    if plan.n_shifted:
        sums = np.where(plan.local.shifted, moved, sums[:, :k])
    packed = plan.kind == kernels.TIED or (plan.kind == kernels.FULL and plan.n_shifted == k)
    entries = entries_of_second(None if packed or not plan.second else plan.kind, d)
    nk, first, shift, second = out_of_frame(sums, plan, entries, whiten is not None)
    if not plan.second:
        second = None
    elif packed:
        second = _unpacked(seconds, plan, whiten)
    elif plan.kind == kernels.FULL:
        second = second.reshape(k, d, d)
        if plan.n_shifted:
            shifted = plan.local.shifted
            second[shifted] = _unpacked(seconds[shifted], plan, whiten)
    return SufficientStats(
        nk, first, second, shift, float(totals[0]), float(totals[1]), whiten, plan.centre
    )


def _unpacked(seconds, plan, whiten):
    """Return packed second moments as matrices, in the units of the data or of whitened rows."""
    matrices = unpack_square(seconds, len(plan.centre))
    if whiten is None:
        scale = 1.0 / plan.inv_scale
        matrices *= scale[:, np.newaxis] * scale
    return matrices
