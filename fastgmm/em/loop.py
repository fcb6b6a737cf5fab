"""The EM loop: the one that soft, hard, weighted, labelled and fixed-parameter fits all use."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..covariances.definite import coarse_pivots
from ..mixture import Mixture, assemble
from ..passes.far_out import LEAST_SHARE, spread_by_clamped
from ..passes.plan import FAR, cancelled, clamped, far_apart, frame, near_tight, variances_of
from ..passes.sources import ArraySource
from ..passes.statistics import SufficientStats
from ..passes.threads import single_threaded_blas
from .acceleration import ACCELERATIONS, Coordinates

# Of hard EM's lower bound, in roundings, where no row changes its component.
SETTLED = 64

# Of a pass whose moments were taken too far away. Each finds where the rows are to 16 digits more.
MOST_REPEATS = 3

# Where rounding of the first lower bound is more nats than this, so many rows tell whether it
# changed responsibilities by more than the last number.
ROUNDED_NATS, SOME_ROWS, MOST_CHANGED = 0.02, 256, 0.01


class EMState(NamedTuple):
    """What a callback sees after each iteration.

    Attributes
    ----------
    init : int
        Number of the start, from 0.
    iteration : int
        Number of the iteration, from 1.
    lower_bound : float
        Mean log likelihood of the rows under the mixture before this iteration's M-step,
        in nats per sample; with a prior, its log density over the number of rows is in it.
    mixture : Mixture
        The mixture after the M-step.
    """

    init: int
    iteration: int
    lower_bound: float
    mixture: Mixture


@dataclass
class EMRun:
    """One start of EM and how far it has come; always the last finished iteration."""

    mixture: Mixture
    init: int = 0
    lower_bounds: list = field(default_factory=list)
    converged: bool = False
    stopped: bool = False
    reseeded: set = field(default_factory=set)
    floored: set = field(default_factory=set)
    blurred: bool = False  # see `is_blurred`
    lower_bound: float = -np.inf  # of the last iteration, on a warm start of the one before it
    posterior: tuple | None = None  # see `MStep`
    fitted: bool = False  # whether the start is what a fit has left
    n_iter: int | None = None  # of what is no iteration of EM; None: one for each lower bound


def run_em(
    run, source, options, *, mode="soft", tol=1e-3, max_iter=100, callback=None, acceleration="none"
):
    """Iterate EM from ``run.mixture`` until it converges, and record it in `run`.

    Parameters
    ----------
    run : EMRun
        Updated after each finished iteration, so that whatever ends the loop, an
        exception included, leaves the last good state there.
    source : Source
        The rows.
    options : MStepOptions, MapOptions or VariationalOptions
    mode : {"soft", "hard"}
        Hard EM gives each row to its most likely component alone (classification EM;
        Celeux and Govaert, 1992). With fixed equal weights and fixed equal spherical
        covariances it is k-means: its iterations are Lloyd's.
    tol : float
        Stop when the lower bound changes by less than this, in nats per sample.
    max_iter : int
    callback : callable, optional
        Called with an `EMState` after each iteration; a true result stops.
    acceleration : {"none", "squarem", "anderson"}
        How to extrapolate from one iteration to the next. An iteration whose extrapolated
        start turns out less likely than the one before is undone: it repeats the lower bound
        and the mixture. Convergence is declared by an iteration that was not extrapolated.
    """
    path, held = _Path(run.mixture, acceleration, options.fixed), None
    last, reseeded = None, set()
    moments = options.covariance.moments
    with single_threaded_blas():  # once for all iterations
        for iteration in range(1, max_iter + 1):
            stats, step = _estimate(source, path.point, options, mode, last=last)
            previous, bound = run.lower_bound, step.lower_bound
            extrapolated, before, reseeded = path.extrapolated, reseeded, set()
            floored = step.floored_components
            undone = extrapolated and not bound >= previous
            if not undone:
                run.lower_bound, run.posterior = bound, step.posterior
                run.mixture, reseeded = _reseed(source, step, run, options)
                run.reseeded |= reseeded
                run.floored |= floored
            run.lower_bounds.append(run.lower_bound)
            if iteration == 1:
                run.blurred = is_blurred(source, path.point, moments, mode, stats)
            if callback is not None:
                run.stopped = bool(
                    callback(EMState(run.init, iteration, run.lower_bound, run.mixture))
                )
            if run.stopped:
                return
            change = abs(run.lower_bound - previous)
            # Hard EM has an end, where no row changes its component: rounding is all that moves.
            settled = (
                mode == "hard"
                and change >= tol
                and change <= SETTLED * float(np.finfo(source.dtype).eps) * abs(run.lower_bound)
                and np.array_equal(stats.nk, held)
                and source.labels_alike(moments, (path.point, run.mixture))
            )
            held, last = stats.nk, step
            # The bound before is that of other components where one was moved.
            small = (change < tol or settled) and not (reseeded or before or undone)
            if small and not extrapolated:
                run.converged = True
                return
            # A small gain by extrapolation says nothing of EM's own: that is seen next.
            if undone or small or reseeded or floored:
                path.start_at(run.mixture)
            else:
                path.go_on_from(run.mixture)
            del stats, step  # before there are others: large with many components


class _Path:
    """Where EM is evaluated next: at what it mapped the last point to, or extrapolated."""

    longest_move = 1.0  # of a mean in standard deviations; see `Coordinates.length`

    def __init__(self, mixture, acceleration, fixed):
        method = ACCELERATIONS[acceleration]
        self.accelerator = method and method()
        self.fixed = fixed
        self.point, self.extrapolated, self.coordinates = mixture, False, None

    def start_at(self, mixture):
        """Forget the past and go to `mixture`."""
        self.point, self.extrapolated, self.coordinates = mixture, False, None
        if self.accelerator:
            self.accelerator.restart()

    def go_on_from(self, image):
        """Go on from `image`, to which EM mapped the last point."""
        mixture = self._extrapolate(image) if self.accelerator else None
        self.extrapolated = mixture is not None
        self.point = mixture if self.extrapolated else image

    def _extrapolate(self, image):
        """Return the mixture that the accelerator proposes, or None."""
        if self.coordinates is None:
            self.coordinates = Coordinates(image, self.fixed)
        point, image = map(self.coordinates.encode, (self.point, image))
        if point is None or image is None:
            return None
        proposal = self.accelerator.propose(point, image)
        if proposal is None:
            return None
        length = self.coordinates.length(proposal - image)
        if not length < np.inf:
            return None
        return self.coordinates.decode(
            image + (proposal - image) / max(1.0, length / self.longest_move)
        )


def estimate(source, mixture, options, *, mode="soft", seed=0, previous=None, last=None):
    """Do one E-step and one M-step; return the SufficientStats, less the second, and the MStep.

    `last`: the MStep of the iteration before, which says what was raised (see `Rounding`).
    `previous` stands in for `mixture` in the M-step: it is of the type that is estimated where
    `mixture` is not (see `ArraySource.statistics`).

    Should a covariance have cancelled, because its component moved or shrank far from
    where its moments were taken, the pass is repeated with the moments taken where the
    component is now; and again, where that was not known to enough digits yet. So it is if
    covariances were so small that rows were clamped (see `FAR`), of float32 rows in float64.
    float32 rows whose features are nearly collinear are summed in float64, and of float64 ones
    whose features are so to ten digits the moments are taken of whitened rows.
    """
    with single_threaded_blas():  # of the M-step too: it is part of the bitwise same result
        return _estimate(source, mixture, options, mode, seed, previous, last)


def _estimate(source, mixture, options, mode, seed=0, previous=None, last=None):
    """Do `estimate`, within `single_threaded_blas`."""
    wanted = {"mode": mode, "seed": seed, "second": options.estimates("covariances")}
    wanted["held"] = not options.estimates("means")
    moments = 2 if wanted["second"] else int(not wanted["held"])
    dtype = source.dtype
    previous = mixture if previous is None else previous
    source = telling_apart(mixture, source)
    if moments == 2 and options.covariance.matrices:
        precise = last is not None and last.precise and last.mixture is mixture
        wanted["whiten"] = None if precise else _whitening(mixture, source)
    raised = False if last is None else last.floored
    for repeats in range(MOST_REPEATS + 1):
        stats, source = statistics_of(source, mixture, options.covariance.moments, **wanted)
        step = options.step(stats, previous, overwrite=True, dtype=dtype, raised=raised)
        if repeats == MOST_REPEATS or moments == 0:
            break
        whitened = stats.factors is not None
        finer = telling_apart(step.mixture, source, step.floored)
        if moments == 2:
            bad = cancelled(step.mixture, stats.shift, source.dtype, whitened)
            of_pass = mixture, wanted.get("centre"), source.dtype
            outside = spread_by_clamped(step.mixture, stats.shift, options, *of_pass)
            if np.count_nonzero(outside):
                bad, finer = bad | outside, in_double(source)
        else:
            moved = np.abs(step.mixture.means - stats.shift)
            bad = clamped(moved, mixture, source.dtype, wanted.get("centre"))
        some_bad = np.count_nonzero(bad) and (bad & ~step.empty).any()
        coarse = step.coarse and finer is source and source.dtype == np.float64
        if finer is source and not some_bad and not coarse:
            break
        means, masses = step.mixture.means, np.where(step.empty, 0.0, stats.nk)
        source = finer
        centre = near_tight(masses @ means / masses.sum(), step.mixture, source.dtype)
        wanted |= {"centre": centre, "shift": means, "shifted": bad & ~step.empty}
        if coarse or whitened:
            wanted["whiten"] = step.mixture.precisions_cholesky
        stats = step = None  # before there are others
    return SufficientStats(*stats[:2], None, *stats[3:]), step


def statistics_of(source, mixture, moments, **wanted):
    """Return the statistics of a source, and the source: in float64, if float32 clamped rows."""
    stats = source.statistics(mixture, moments, **wanted)
    if source.dtype == np.float64 or not _may_clamp(mixture, stats, source.dtype):
        return stats, source
    source = source.in_float64()
    return source.statistics(mixture, moments, **wanted), source


def _nats_below(mixture, stats):
    """Return how far the mean log density is below that of any component at its mean."""
    bound = stats.log_likelihood / stats.weight
    return np.max(mixture.log_norms, where=np.isfinite(mixture.log_norms), initial=bound) - bound


def _may_clamp(mixture, stats, dtype):
    """Whether more than the share `LEAST_SHARE` of the rows may have been clamped.

    The mean log density says how many deviations rows are out on average. If the frame ends before
    that in every feature, some rows were beyond its end.
    """
    least = math.sqrt(LEAST_SHARE) * FAR[np.dtype(dtype)]
    deviations = math.sqrt(2.0 * max(0.0, _nats_below(mixture, stats)))
    if deviations <= least or deviations == math.inf:  # inf: a label has weight zero
        return False
    variances = variances_of(mixture.covariances, *mixture.means.shape)
    _, scale = frame(mixture.weights, mixture.means, variances, None, stats.centre)
    return bool((deviations * np.sqrt(variances).min(axis=0) > least * scale).all())


def is_blurred(source, mixture, moments, mode, stats):
    """Whether rounding decided, in a pass, which component of `mixture` some rows belong to.

    They are so far out then that their log densities have no digits left for what differs between
    components. The pass, of `stats`, compared those: what it made of some rows is compared with
    what is right however far out they are. If even float64 clamps some, the answer is yes at once.
    """
    source = telling_apart(mixture, source)
    if _may_clamp(mixture, stats, source.dtype):
        source = in_double(source)
    if not _nats_below(mixture, stats) * float(np.finfo(source.dtype).eps) > ROUNDED_NATS:
        return False
    if _may_clamp(mixture, stats, np.float64):
        return True
    rows, _ = source.subsample(SOME_ROWS, np.random.RandomState(0))
    rows = ArraySource(rows.astype(source.dtype))
    right, found = np.empty((2, rows.n_rows, len(mixture.means)), rows.dtype)
    labels = np.empty(rows.n_rows, np.int64)
    rows.scores(mixture, moments, {"resp": right})
    rows.scores(mixture, moments, {"resp": found, "labels": labels}, stats.centre)
    if mode == "hard":  # of components that are as likely either will do
        found = np.where(labels[:, np.newaxis] == np.arange(len(mixture.means)), 1.0, 0.0)
        right = np.where(right >= right.max(axis=1, keepdims=True) - MOST_CHANGED, found, right)
    return bool(np.abs(found - right).max() > MOST_CHANGED)


def _whitening(mixture, source):
    """Return factors to whiten rows by, where pivots of `mixture` are coarse, or None."""
    covariances, factors = mixture.covariances, mixture.precisions_cholesky
    if source.dtype != np.float64 or covariances.ndim == 2:
        return None
    return factors if coarse_pivots(covariances, factors).any() else None


def telling_apart(mixture, source, floored=False):
    """Return `source`, or in float64, where float32 has too few digits for `mixture`.

    `floored`: components whose covariance was singular, and is no longer what the rows say.
    """
    if source.dtype == np.float64 or not asks_for_double(mixture, floored):
        return source
    return in_double(source)


def in_double(source):
    """Return `source`, computing in float64: itself where it does."""
    return source if source.dtype == np.float64 else source.in_float64()


def asks_for_double(mixture, floored=False):
    """Tell whether float32 has too few digits for the sums of `mixture`: see `telling_apart`."""
    if far_apart(mixture):
        return True
    if mixture.covariances.ndim == 2:
        return False
    coarse = coarse_pivots(mixture.covariances, mixture.precisions_cholesky, np.float32)
    return bool(coarse.any() or np.any(floored))


def _reseed(source, step, run, options):
    """Move components that hold no row to the worst explained rows, once each in a run.

    A moved component starts with the variance of all rows and an equal share of the
    weight. One that comes to hold nothing again stays where it is, with weight zero.
    """
    mixture = step.mixture
    empty = [k for k in step.empty.nonzero()[0].tolist() if k not in run.reseeded]
    if not empty or not options.moves_empty:
        return mixture, set()
    rows = source.worst_rows(mixture, options.covariance.moments, len(empty))
    empty = empty[: len(rows)]
    weights, means = mixture.weights.copy(), mixture.means.copy()
    covariances, factors = mixture.covariances.copy(), mixture.precisions_cholesky.copy()
    means[empty] = rows[: len(empty)]
    if options.estimates("covariances") and not options.covariance.shared:
        of_all_rows = options.covariance.with_variances(step.variances, len(empty))
        covariances[empty], factors[empty] = of_all_rows
    if options.estimates("weights"):
        weights[empty] = 1.0 / len(weights)
        weights /= weights.sum()
    return assemble(weights, means, covariances, factors), set(empty)
