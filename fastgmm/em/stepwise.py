"""Stepwise EM: a mixture that follows blocks of rows, from a stream or drawn from a table.

The statistics are moving averages: a block's are mixed in with a weight gamma, and an M-step
follows (Cappé and Moulines, "On-line expectation-maximization algorithm for latent data models",
JRSS B 71, 2009). All are taken about each component's own mean, which moves with them, so that
whatever is added up is positive: rows far from the origin, and components that have come a long
way, cost no digits.
"""

import math
from typing import NamedTuple

import numpy as np

from ..mixture import with_means
from ..passes.far_out import spread_by_clamped
from ..passes.plan import cancelled, clamped, near_tight
from ..passes.statistics import (
    SufficientStats,
    check_no_overflow,
    overflow_checked_later,
    recentre,
    times,
)
from ..passes.threads import single_threaded_blas
from .loop import MOST_REPEATS, in_double, statistics_of, telling_apart


class Learning(NamedTuple):
    """How fast what is known gives way to what is new.

    Attributes
    ----------
    decay : float
        From 0.5 (exclusive) to 1: how fast the learning rate falls.
    offset : float
        Blocks by which the start is slowed down.
    floor : float
        The least learning rate of one block, below 1.
    """

    decay: float = 1.0
    offset: float = 0.0
    floor: float = 0.0

    def gamma(self, before, after):
        """Return the weight of what is new, from 0 to 1.

        Parameters
        ----------
        before, after : float
            How many blocks have been seen; fractions count.

        Returns
        -------
        float
            ``1 - exp(-integral of max((offset + u)**-decay, r))`` over u from `before` to `after`,
            with ``r = -log(1 - floor)``. Of one block that is ``(offset + after)**-decay`` but for
            its square, with ``decay = 1`` exactly; and two halves of a block weigh as the whole.
        """
        least = -math.log1p(-self.floor)
        start, end = self.offset + before, self.offset + after
        # From here on the floor is above.
        turn = least ** (-1.0 / self.decay) if least > 0.0 else math.inf
        falling = max(min(end, turn), start)
        if self.decay == 1.0:
            integral = math.log1p((falling - start) / start) if start > 0.0 else math.inf
        else:
            power = 1.0 - self.decay
            integral = (falling**power - start**power) / power
        return -math.expm1(-integral - least * (end - falling))


def blend(old, new, gamma):
    """Return ``(1 - gamma) old + gamma new`` of statistics per unit of weight, about their means.

    Parameters
    ----------
    old : SufficientStats or None
        None: nothing is known, and `gamma` is 1.
    new : SufficientStats
    gamma : float

    Returns
    -------
    SufficientStats
        Whose shift are the means, as far as float64 tells; where ``nk`` is 0, that of `old`.
        ``log_likelihood`` and ``centre`` are those of `new`.

    Notes
    -----
    Of moments about the means of either, nothing cancels (Chan, Golub and LeVeque, "Algorithms for
    computing the sample variance", American Statistician 37, 1983).
    """
    parts = [new] if old is None else [_times(1.0 - gamma, old), _times(gamma, new)]
    nk = sum(part.nk for part in parts)
    near = parts[0].shift
    moved = sum(part.first + part.nk[:, np.newaxis] * (part.shift - near) for part in parts)
    # A share so small that a quotient has no digits moves nothing.
    held = nk > np.finfo(np.float64).tiny
    means = near + np.where(
        held[:, np.newaxis], moved / np.where(held, nk, 1.0)[:, np.newaxis], 0.0
    )
    with overflow_checked_later():
        parts = [recentre(part, means) for part in parts]
        first = sum(part.first for part in parts)
        second = None if new.second is None else sum(part.second for part in parts)
    check_no_overflow(first if second is None else second)
    return SufficientStats(nk, first, second, means, new.log_likelihood, 1.0, centre=new.centre)


def _times(unit, stats):
    return times(unit, stats._replace(log_likelihood=0.0))


def known_by(mixture, options, weight):
    """Return the statistics per unit of weight, about the means, whose M-step is `mixture`.

    Parameters
    ----------
    mixture : Mixture
        Of float64, as a fit to rows of the sum of weights `weight` leaves it.
    options : MStepOptions or MapOptions
        Of that fit.
    weight : float

    Returns
    -------
    SufficientStats
        What the M-step has added, `reg_covar` and a prior, is taken out of them.
    """
    covariance, means = options.covariance, mixture.means
    k, d = means.shape
    nk, first, second = mixture.weights.copy(), np.zeros((k, d)), None
    counts, prior = nk, getattr(options, "prior", None)
    if prior is not None:
        nk = np.maximum(nk * (1.0 + prior.excess.sum() / weight) - prior.excess / weight, 0.0)
        away = np.where(nk[:, np.newaxis] > 0.0, means - prior.mean, 0.0)
        first = prior.mean_precision / weight * away
        counts = nk + prior.log_det / weight / (k if covariance.shared else 1)
    if options.estimates("covariances"):
        second = mixture.covariances.copy()
        variances = np.einsum("kii->ki", second) if covariance.matrices else second
        variances -= options.reg_covar
        if covariance.matrices:
            second *= (counts if len(second) == k else counts.sum(keepdims=True))[:, None, None]
        else:  # of spherical covariances, moments are summed over the features
            second *= counts[:, np.newaxis] * (d / second.shape[1])
        if prior is not None:
            own = prior.covariance / weight
            second -= own if covariance.matrices else own * (d / own.shape[1])
            covariance.subtract(second, first, away)
    return SufficientStats(nk, first, second, means.copy(), 0.0, 1.0)


def step(source, mixture, options, known, gamma, *, mode="soft", weight=None):
    """Do an E-step on a block of rows, mix its statistics in, and do the M-step.

    Parameters
    ----------
    source : Source
        The block.
    mixture : Mixture
        Of float64, which assigns its rows.
    options : MStepOptions or MapOptions
    known : SufficientStats or None
        Of the rows before, per unit of weight, as this returns them.
    gamma : float
        The weight of the block, from 0 to 1; 1 where nothing is known.
    mode : {"soft", "hard"}
    weight : float, optional
        What all rows weigh, beside a prior. By default as if the rows of the block counted for
        what they weigh.

    Returns
    -------
    known : SufficientStats
        The new ones, about the components' means; their ``log_likelihood`` is the mean of the
        block's rows under `mixture`, in nats.
    step : MStep

    Raises
    ------
    ValueError
        If the sums overflow.

    Notes
    -----
    As in `estimate`, the pass is repeated where moments cancelled, or where float32 has too few
    digits. Moments of whitened rows, which tell features apart that are collinear to ten digits,
    belong to one mixture and cannot be mixed with those of another: there are none here.
    """
    with single_threaded_blas():  # of the M-step too: it is part of the bitwise same result
        return _step(source, mixture, options, known, gamma, mode, weight)


def _step(source, mixture, options, known, gamma, mode, weight):
    """Do `step`, within `single_threaded_blas`."""
    wanted = {"mode": mode, "second": options.estimates("covariances")}
    wanted["held"] = not options.estimates("means")
    moments = 2 if wanted["second"] else int(not wanted["held"])
    dtype, source = source.dtype, telling_apart(mixture, source)
    scale = source.weight / gamma if weight is None else weight
    for repeats in range(MOST_REPEATS + 1):
        stats, source = statistics_of(source, mixture, options.covariance.moments, **wanted)
        block = blend(None, _per_weight(stats), 1.0)
        found = block if known is None else blend(known, block, gamma)
        scaled = times(scale, found)
        made = options.step(scaled, mixture, dtype=dtype)
        if moments == 0:
            break
        # What cancelled was subtracted from the block's own moments.
        of_block = with_means(made.mixture, block.shift)
        finer = telling_apart(made.mixture, source, made.floored)
        bad, outside = _too_far(of_block, mixture, stats, options, source, wanted)
        if outside.any():
            finer = in_double(source)
        bad &= block.nk > 0.0
        if finer is source and not bad.any():
            break
        if repeats == MOST_REPEATS:
            _check_inside(outside)
            break
        source = finer
        centre = near_tight(block.nk @ block.shift / block.nk.sum(), of_block, source.dtype)
        wanted |= {"centre": centre, "shift": block.shift, "shifted": bad}
    return found, made


def _too_far(of_block, mixture, stats, options, source, wanted):
    """Return the masks (K,) of components whose moments have lost digits, and hold clamped rows.

    of_block: the new mixture, with the means of the block.
    """
    centre = wanted.get("centre")
    if not wanted["second"]:
        bad = clamped(np.abs(of_block.means - stats.shift), mixture, source.dtype, centre)
        return bad, bad
    of_pass = mixture, centre, source.dtype
    outside = spread_by_clamped(of_block, stats.shift, options, *of_pass)
    return cancelled(of_block, stats.shift, source.dtype) | outside, outside


def _check_inside(outside):
    """Raise ValueError if rows are so far out that only where they were clamped is known."""
    if outside.any():
        raise ValueError(
            "X has rows more than about 1e120 deviations away from all components: too large, or "
            "in other units than the rows before"
        )


def _per_weight(stats):
    """Return statistics per unit of the weight of the rows."""
    return times(1.0 / stats.weight, stats)
