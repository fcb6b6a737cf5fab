"""The M-step of maximum a posteriori EM: from the statistics, and a prior, to the next mixture."""

from typing import NamedTuple

import numpy as np

from ..covariances.definite import congruent, definite
from ..covariances.factors import diagonals, inverses_of
from ..covariances.types import Covariance
from ..mixture import assemble
from ..passes.statistics import check_no_overflow, overflow_checked_later
from .m_step import (
    MStep,
    by_each,
    holding_nothing,
    means_of_rows,
    of_rows,
    rounding_of,
    scatter_about,
    total_variances,
    with_prior,
)
from .prior import CheckedPrior


class MapOptions(NamedTuple):
    """What EM with a prior needs beside the rows; it stands in for `MStepOptions`.

    Attributes
    ----------
    covariance : Covariance
    reg_covar : float
        Added to all variances.
    fixed : collection of {"weights", "means", "covariances"}
        Parameters that stay as they are.
    prior : CheckedPrior
    """

    covariance: Covariance
    reg_covar: float
    fixed: tuple
    prior: CheckedPrior

    def estimates(self, name):
        """Tell whether a parameter is estimated."""
        return name not in self.fixed

    @property
    def moves_empty(self):
        """Whether a component that holds no row is moved: a proper prior says where it is."""
        return self.estimates("means") and not self.prior.proper

    def log_prior(self, mixture):
        """Return the log density of the prior at a mixture, up to a constant."""
        return self.prior.log_density(mixture)

    def step(self, stats, previous, **how):
        """Do `map_step`."""
        return map_step(stats, previous, self, **how)


def map_step(stats, previous, options, *, overwrite=False, dtype=np.float64, raised=False):
    """Maximise the expected log posterior given the statistics.

    Parameters
    ----------
    stats : SufficientStats
        Of one E-step over all rows.
    previous : Mixture
        Of that E-step. It gives whatever is fixed, and what a component that holds no row has
        where the prior says nothing of it.
    options : MapOptions
    overwrite, dtype, raised
        As of `m_step`.

    Returns
    -------
    MStep
        Whose ``lower_bound`` is the mean log likelihood and the log prior density over the number
        of rows, of `previous`.

    Notes
    -----
    Of rows with means x and scatter S about the new means, and with the terms of `Prior`:
    ``w = (nk + a - 1) / sum``, ``m = (nk x + b m0) / (nk + b)``, and the covariances are
    ``(S + b (m - m0) (m - m0)^T + S0) / (nk + c)`` (Gauvain and Lee 1994, equations 24 to 26, where
    S and the term of b are taken together).
    """
    prior, nk = options.prior, stats.nk
    bound = (stats.log_likelihood + prior.log_density(previous)) / stats.weight
    empty = holding_nothing(stats)
    weights, means = previous.weights, np.asarray(previous.means, dtype=np.float64)
    if options.estimates("weights"):
        weights = nk + prior.excess
        weights = weights / weights.sum()
    inverses = None if stats.factors is None else inverses_of(stats.factors)
    if options.estimates("means"):
        means = _means(stats, inverses, empty, means, prior)
    if not options.estimates("covariances"):
        mixture = assemble(weights, means, *map(np.float64, previous[2:4]))
        return MStep(mixture, empty, np.zeros(len(empty), dtype=bool), bound)
    kept = empty & (not (prior.proper or options.covariance.shared))
    counts = _counts(nk, options)
    with overflow_checked_later():
        variances = total_variances(of_rows(stats, inverses))
        covariances = _covariances(options, stats, means, counts, kept, overwrite)
    check_no_overflow(covariances)
    rounding = rounding_of(stats, means, len(covariances), dtype, raised)
    if inverses is not None and dtype != np.float32:
        own = diagonals(prior.covariance) / _of_each(counts, covariances)[:, np.newaxis]
        rounding = with_prior(rounding, own, covariances, inverses)
    covariances, factors, floored, coarse = definite(
        covariances, variances, rounding, stats.factors, inverses
    )
    if kept.any():
        covariances[kept] = previous.covariances[kept]
        factors[kept] = previous.precisions_cholesky[kept]
        floored &= ~kept
    return MStep(
        assemble(weights, means, covariances, factors),
        empty,
        floored,
        bound,
        variances,
        coarse,
        not (coarse or kept.any() or floored.any() or stats.factors is not None),
    )


def _means(stats, inverses, empty, previous, prior):
    """Return the means (K, D): those of the rows, drawn towards the prior's."""
    if prior.mean_precision == 0.0:
        return means_of_rows(stats, inverses, empty, previous)
    nk, precision = stats.nk[:, np.newaxis], prior.mean_precision
    of_rows_alone = means_of_rows(stats, inverses, stats.nk == 0.0, prior.mean)
    away = of_rows_alone - prior.mean
    # From the heavier one of the two, which may be far from the other: it keeps its digits.
    return np.where(
        nk >= precision,
        of_rows_alone - precision / (nk + precision) * away,
        prior.mean + nk / (nk + precision) * away,
    )


def _counts(nk, options):
    """Return the rows (K,), and what the prior counts for, that sums of squares are divided by."""
    log_det = options.prior.log_det
    return nk + (log_det / len(nk) if options.covariance.shared else log_det)


def _of_each(counts, covariances):
    """Return the counts for each covariance, (K,) or of a shared one (1,)."""
    return counts if len(covariances) == len(counts) else counts.sum(keepdims=True)


def _covariances(options, stats, means, counts, kept, overwrite):
    """Return the covariances about `means` (K, D), of whitened rows too; `kept` ones anyhow."""
    prior, covariance, factors = options.prior, options.covariance, stats.factors
    d, own, away = means.shape[1], prior.covariance, means - prior.mean
    scatter = scatter_about(stats, means, overwrite)
    if factors is not None:
        own, away = congruent(own, factors), by_each(away, factors)
    covariance.subtract(scatter, -prior.mean_precision * away, away)
    # Second moments of spherical covariances are summed over the features.
    scatter += own if covariance.matrices else own * (d / own.shape[1])
    if not kept.any():
        return covariance.estimate(scatter, counts, d, options.reg_covar, factors)
    # These have no part in what the others may share; theirs are put in later.
    some = ~kept
    of_some = None if factors is None else factors[some]
    found = covariance.estimate(scatter[some], counts[some], d, options.reg_covar, of_some)
    scatter[some], scatter[kept] = found, np.eye(d) if covariance.matrices else 1.0
    return scatter
