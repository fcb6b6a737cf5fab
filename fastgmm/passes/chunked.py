"""A source whose rows are added up chunk by chunk: what arrays and streams have in common."""

from typing import NamedTuple

import numpy as np

from ..simd.panels import panel_rows
from . import kernels
from .buffers import BuffersOfPass, make_buffers
from .partition import block_rows, most_waiting, partition, shapes_of_sums
from .plan import MAX_EXPANDED_FEATURES, make_plan, n_quadratic, recent_plan
from .some_rows import SCAN_ROWS, labels_alike, rows_at_once, worst_explained
from .statistics import check_no_overflow, overflow_checked_later, times
from .sums import to_stats, where_shifted
from .threads import ordered_reduce

# With this many components and more, full covariances may be cheaper in the direct form: a few
# panels of rows are tried first, if all rows are so many times more. Of the multiply-adds of a
# product, what is done for each row and component in the direct form, for each feature of a
# gathered row, and for each monomial of a row assigned to one component.
FEWEST_TO_PROBE = 16
PROBES, PROBE_SHARE = 10, 20
PAIR_WORK, GATHER_WORK, HARD_WORK = 64, 24, 16

GOLDEN = 0x9E3779B97F4A7C15  # by which `kernels.random_block` counts

_MODES = {"soft": kernels.SOFT, "hard": kernels.HARD, "random": kernels.RANDOM}


class Part(NamedTuple):
    """Some rows in a row, in memory.

    Attributes
    ----------
    X : ndarray of shape (n, D)
    weights, labels : ndarray of shape (n,) or (0,)
        Weights in the units of the source.
    first : int
        Number of the first of them, of all rows.
    """

    X: np.ndarray
    weights: np.ndarray
    labels: np.ndarray
    first: int = 0


class Whole:
    """The reading of rows that are in memory: all are one part."""

    def __init__(self, part):
        self.part = part

    def take(self, i):
        """Return the Part in which chunk i is."""
        return self.part

    def merged(self):
        """Be told that the next chunk, in order, is done with."""

    def stop(self):
        """Have whoever waits for a chunk wait no more."""


class ChunkedSource:
    """`statistics` of rows, of which `_reading` gives one chunk after the other.

    A source of this kind has ``n_rows``, ``dtype``, ``labels``, and the ``_unit`` of its weights.
    """

    general = False  # whether all plans have `Plan.local`
    complete = True  # no row misses a value

    @property
    def result_dtype(self):
        """The dtype of what is found of rows: what the kernels compute in."""
        return self.dtype

    def _reading(self, bounds):
        """Return a context of a reading, such as `Whole`, of the chunks between `bounds`."""
        raise NotImplementedError

    def parts(self, n):
        """Yield sources of no more than n rows each, in their order, without labels."""
        raise NotImplementedError

    def labels_alike(self, covariance_type, mixtures):
        """Whether no row changes its most likely component from one mixture to another."""
        return labels_alike(self.parts(rows_at_once(self.n_features)), covariance_type, mixtures)

    def worst_rows(self, mixture, covariance_type, n):
        """Return up to `n` distinct rows of positive weight that `mixture` explains worst."""
        return worst_explained(self.parts(SCAN_ROWS), mixture, covariance_type, n)

    def _few_rows(self):
        """Return some rows, the same each time, as float64."""
        raise NotImplementedError

    def _probe_rows(self, size):
        """Return an array and where in it the `size` rows from each of `probed_from` begin."""
        raise NotImplementedError

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
        sums = self.add_up(plan, mode, seed)
        with overflow_checked_later():
            stats = times(self._unit, to_stats(plan, whiten, *sums))
        if held:
            stats = stats._replace(shift=where_shifted(plan, mixture.means, stats.shift))
        # By Schwarz's inequality the first moments are finite where the second ones are.
        check_no_overflow(stats.first if stats.second is None else stats.second)
        return stats

    def add_up(self, plan, mode, seed):
        """Return the sums of `kernels.statistics_chunk` over all rows, in the frame of `plan`.

        mode, seed: as of `statistics`. Weights are in their unit. Sums of one plan are additive.
        """
        n_block = block_rows(self.n_rows, plan)
        bounds = partition(self.n_rows, n_block, plan)
        return self._add_up(plan, n_block, bounds, _MODES[mode], seed)

    def _add_up(self, plan, n_block, bounds, mode, seed):
        """Do `add_up` over the chunks between `bounds`."""
        of_pass = BuffersOfPass(
            plan, n_block // panel_rows(plan.shift.dtype), fresh=mode == kernels.RANDOM
        )
        result, shapes, k = [], shapes_of_sums(plan), len(plan.shift)
        some = plan.local is not None

        def chunk(i):
            part = rows.take(i)
            sums, buffers = [np.zeros(shape) for shape in shapes], of_pass.take()
            kernels.statistics_chunk(
                part.X, part.weights, part.labels if some else None,
                bounds[i] - part.first, bounds[i + 1] - part.first, plan, buffers, mode,
                seed_of_part(seed, part.first * k) if some else None, sums[0],
                sums[1] if some else None, None if buffers.whitened is None else sums[2], sums[3],
            )  # fmt: skip
            of_pass.give_back(buffers)
            return sums

        def merge(sums):
            rows.merged()
            if not result:
                result.extend(sums)
                return
            with overflow_checked_later():  # every thread has its own state
                for total, part in zip(result, sums, strict=True):
                    total += part

        with self._reading(bounds) as rows:
            waiting = most_waiting(shapes)
            ordered_reduce(chunk, len(bounds) - 1, merge, waiting, failed=rows.stop)
        of_pass.end()
        return result

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
        buffers = make_buffers(direct, 1)
        work, pairs = kernels.probe_panels(*self._probe_rows(size), direct, buffers)
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

    def _plan_of_scores(self, mixture, covariance_type, centre=None):
        """Plan a pass that scores rows; about a given centre none is far out."""
        if centre is None:
            return self._plan(mixture, covariance_type, "scores")
        plan = self._plan(mixture, covariance_type, "scores", centre=centre)
        return plan._replace(far_out=-np.inf)


def probed_from(n_rows, size):
    """Return the first ones of the `size` rows each that are scored before a plan is chosen."""
    return np.linspace(0, n_rows - size, PROBES).astype(np.int64)


def seed_of_part(seed, n):
    """Return the seed of which the random numbers are those of `seed` after the first n."""
    return seed if n == 0 else int(np.uint64((seed + n * GOLDEN) % 2**64).view(np.int64))


def unit_of_weight(dtype, largest):
    """Return a power of two, in which weights far from 1 are measured in float32."""
    if dtype != np.float32 or largest == 0.0:
        return 1.0
    exponent = np.floor(np.log2(largest))
    return 1.0 if abs(exponent) < 20 else float(np.exp2(exponent))
