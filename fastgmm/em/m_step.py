"""The M-step: from the statistics of all rows to the next mixture."""

import math
from typing import NamedTuple

import numpy as np

from ..covariances import TYPES, by_shape
from ..covariances.definite import EPS, SMALLEST_VARIANCE, Rounding, congruent, definite
from ..covariances.factors import diagonals, inverses_of
from ..covariances.types import Covariance
from ..mixture import Mixture, assemble, with_means
from ..passes.statistics import check_no_overflow, overflow_checked_later

# A component whose share of the total weight is below this holds no row at all: the
# responsibilities that it sums are rounding errors of others.
EMPTY_SHARE = 1e-14


class MStepOptions(NamedTuple):
    """What is estimated, and how.

    Attributes
    ----------
    covariance : Covariance
        The type of the covariances.
    reg_covar : float
        Added to all variances.
    fixed : collection of {"weights", "means", "covariances"}
        Parameters that stay as they are.
    """

    covariance: Covariance = TYPES["full"]
    reg_covar: float = 0.0
    fixed: tuple = ()

    def estimates(self, name):
        """Tell whether a parameter is estimated."""
        return name not in self.fixed

    @property
    def moves_empty(self):
        """Whether a component that holds no row is moved to where it holds some."""
        return self.estimates("means")

    def log_prior(self, mixture):
        """Return the log density of the prior at a mixture: there is none."""
        return 0.0

    def step(self, stats, previous, **how):
        """Do `m_step`."""
        return m_step(stats, previous, self, **how)


class MStep(NamedTuple):
    """What `m_step` returns: the mixture, and which components needed help (bool, (K,)).

    `lower_bound` is what EM maximises. `variances` (D,) are the features' over all rows; None where
    covariances are not estimated. `coarse`: some covariance has pivots of few digits, which they
    would not be of rows that are whitened by the mixture. `precise`: no pivot of `mixture` is
    coarse, by `coarse_pivots`. `posterior`: of `VariationalOptions` alone, the distribution of
    which `mixture` has the expectations.
    """

    mixture: Mixture
    empty: np.ndarray
    floored: np.ndarray
    lower_bound: float
    variances: np.ndarray | None = None
    coarse: bool = False
    precise: bool = False
    posterior: tuple | None = None

    @property
    def floored_components(self):
        """The set of components whose covariance was raised to the floor."""
        return set(self.floored.nonzero()[0].tolist()) if np.count_nonzero(self.floored) else set()


def m_step(stats, previous, options, *, overwrite=False, dtype=np.float64, raised=False):
    """Maximise the expected log likelihood given the statistics.

    Parameters
    ----------
    stats : SufficientStats
        Of one E-step over all rows.
    previous : Mixture
        Gives whatever is fixed, and the mean and covariance of a component that holds
        no row.
    options : MStepOptions
    overwrite : bool
        Whether the second moments of `stats` may become the covariances, to spare memory.
    dtype : {float64, float32}
        Of the rows, and of what is made of the mixture.
    raised : bool ndarray of shape (K,), optional
        Components whose covariance was raised in the iteration before.

    Returns
    -------
    MStep
        The new mixture (float64), the mask of components that hold no row, and the mask of
        those whose covariance was singular and was raised to the floor.

    Notes
    -----
    ``mean = shift + first / nk`` and ``covariance = second / nk - delta delta^T`` with
    ``delta = mean - shift`` (Bishop, *Pattern Recognition and Machine Learning*, 2006,
    equations 9.24 to 9.26).
    """
    nk, bound = stats.nk, stats.log_likelihood / stats.weight
    empty = holding_nothing(stats)
    some_empty = np.count_nonzero(empty) > 0
    weights = nk / nk.sum() if options.estimates("weights") else previous.weights
    inverses = None if stats.factors is None else inverses_of(stats.factors)
    if options.estimates("means"):
        means = means_of_rows(stats, inverses, empty, previous.means)
    else:
        means = np.asarray(previous.means, dtype=np.float64)
    if not options.estimates("covariances"):
        if weights is previous.weights and previous.means.dtype == np.float64:
            mixture = with_means(previous, means)
        else:
            mixture = assemble(weights, means, previous.covariances, previous.precisions_cholesky)
        return MStep(mixture, empty, np.zeros(len(empty), dtype=bool), bound)
    with overflow_checked_later():
        variances = total_variances(of_rows(stats, inverses))
        scatter = scatter_about(stats, means, overwrite)
        covariances = _covariances(
            options.covariance, stats, scatter, previous, options.reg_covar, empty
        )
    check_no_overflow(covariances)
    rounding = rounding_of(stats, means, len(covariances), dtype, raised)
    covariances, factors, floored, coarse = definite(
        covariances, variances, rounding, stats.factors, inverses
    )
    if some_empty and not options.covariance.shared:
        covariances[empty] = previous.covariances[empty]
        factors[empty] = previous.precisions_cholesky[empty]
        floored &= ~empty
    return MStep(
        assemble(weights, means, covariances, factors),
        empty,
        floored,
        bound,
        variances,
        coarse,
        not (coarse or some_empty or np.count_nonzero(floored) or stats.factors is not None),
    )


def holding_nothing(stats):
    """Return the mask (K,) of components that hold no row."""
    return stats.nk <= EMPTY_SHARE * stats.weight


def means_of_rows(stats, inverses, empty, otherwise):
    """Return the means of the rows of each component, (K, D); those in `otherwise` of `empty` ones.

    inverses: of the factors of whitened rows.
    """
    some_empty = bool(empty.any())
    divisor = (np.where(empty, 1.0, stats.nk) if some_empty else stats.nk)[:, np.newaxis]
    moved = stats.first / divisor
    moved = moved if inverses is None else by_each(moved, inverses)
    means = stats.shift + moved
    return np.where(empty[:, np.newaxis], otherwise, means) if some_empty else means


def rounding_of(stats, means, n, dtype, raised):
    """Return the Rounding of n covariances about `means`."""
    if stats.factors is None and dtype != np.float32:
        return Rounding.of_products(n, means.shape[1])
    away = 0.0 if stats.centre is None else stats.centre
    away = np.abs(means) + np.abs(means - away)
    away = away if n == len(means) else away.max(axis=0, keepdims=True)
    return Rounding.of_rows(away, dtype, raised)


def with_prior(rounding, own, covariances, inverses):
    """Return a Rounding of whitened rows with that of a prior, which is no sum of such rows.

    own: the prior's part of the variances, (K or 1, D). inverses: of the factors of whitened rows.
    """
    all_in = diagonals(congruent(covariances, inverses))
    return rounding.and_added(np.divide(own, all_in, where=own > 0.0, out=own * 0.0).max(1))


def by_each(vectors, matrices):
    """Return the products of rows (K, D) and matrices (K or 1, D, D)."""
    return (vectors[:, np.newaxis, :] @ matrices)[:, 0]


def of_rows(stats, inverses):
    """Return statistics of whitened rows as those of the rows; inverses: of their factors."""
    if inverses is None:
        return stats
    second = congruent(stats.second, inverses)
    return stats._replace(first=by_each(stats.first, inverses), second=second, factors=None)


def scatter_about(stats, means, overwrite=False):
    """Return the second moments about `means` (K, D), without a detour by the origin.

    `overwrite` makes them of those about the shift, in place.
    """
    delta = means - stats.shift
    if stats.factors is not None:
        delta = by_each(delta, stats.factors)
    residual = stats.first - stats.nk[:, np.newaxis] * delta  # zero at the weighted means
    scatter = stats.second if overwrite else stats.second.copy()
    kind = by_shape(scatter.shape, *means.shape)
    kind.subtract(scatter, stats.first, delta)
    kind.subtract(scatter, delta, residual)
    return scatter if kind.matrices else np.maximum(scatter, 0.0)


def _covariances(covariance, stats, scatter, previous, reg_covar, empty):
    """Return the covariances of type `covariance` by the second moments about the means."""
    d, factors = stats.first.shape[1], stats.factors
    if covariance.shared or not np.count_nonzero(empty):
        return covariance.estimate(scatter, stats.nk, d, reg_covar, factors)
    # A component without rows keeps its own, and has no part in what the others may share.
    some, kept = ~empty, previous.covariances[empty]
    of_some = None if factors is None else factors[some]
    scatter[some] = covariance.estimate(scatter[some], stats.nk[some], d, reg_covar, of_some)
    scatter[empty] = kept if factors is None else congruent(kept, factors[empty])
    return scatter


def total_variances(stats):
    """Return the variance of each feature over all rows, (D,); positive even if constant.

    A constant feature has no scale of its own: it takes the mean variance of the others, or
    1 where there are none. It is 0 for a feature whose squares underflow.
    """
    d = stats.first.shape[1]
    total = stats.nk.sum()
    centre = ((stats.shift * stats.nk[:, np.newaxis] + stats.first) / total).sum(axis=0)
    delta = centre - stats.shift
    residual = stats.first - stats.nk[:, np.newaxis] * delta
    second = diagonals(stats.second)
    moved = ((stats.first + residual) * delta).sum(axis=0)
    if second.shape[1] != d:  # summed over the features
        moved = moved.sum() / d
        second = second / d
    variances = np.maximum(second.sum(axis=0) - moved, 0.0) / total
    variances = variances if len(variances) == d else np.full(d, variances)
    small = variances <= (10 * EPS * centre) ** 2
    if not np.count_nonzero(small):
        return variances
    tiny = (centre != 0.0) & (np.abs(centre) < math.sqrt(SMALLEST_VARIANCE))
    constant = small & ~tiny
    return np.where(constant, variances[~constant].mean() if not constant.all() else 1.0, variances)
