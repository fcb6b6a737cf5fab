"""Variational EM: from the statistics of all rows to the next distribution of the parameters.

Under it the expected log joint density of a row and a component is that of a Gaussian mixture whose
covariances are the inverses of the expected precisions, but for a constant of each component. So
the passes over the rows are those of EM, with a `Mixture` that has other ``log_norms``.

References
----------
Bishop, *Pattern Recognition and Machine Learning* (2006), section 10.2, of which the numbers of
equations are. Blei and Jordan, "Variational inference for Dirichlet process mixtures", Bayesian
Analysis 1 (2006), for sticks.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import betaln, digamma, gammaln

from ..covariances.definite import congruent, definite
from ..covariances.factors import diagonals, inverses_of, log_dets
from ..covariances.types import Covariance
from ..mixture import Mixture, assemble
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
from .start import mean_and_variance

# Of the factors that are looked at together.
CACHED_BYTES = 2**19

SOME_ROWS = 2**12  # that tell about where all are, and how far apart


class Prior(NamedTuple):
    """The distribution of the parameters before any row was seen.

    Attributes
    ----------
    process : bool
        Whether weights are those of a Dirichlet process, broken off sticks; else of a Dirichlet
        distribution. The last stick is broken as the others are: what is left of it, in
        expectation, goes to all weights in proportion.
    weight_concentration : float
    mean_precision : float
        Number of rows that the prior of a mean counts for.
    mean : ndarray of shape (D,)
    degrees_of_freedom : float
        Above D - 1.
    covariance : ndarray
        The inverse of the Wishart distribution's scale, in the shape of one covariance of a
        `Mixture`: ``(1, D, D)``, ``(1, D)`` or ``(1, 1)``.
    """

    process: bool
    weight_concentration: float
    mean_precision: float
    mean: np.ndarray
    degrees_of_freedom: float
    covariance: np.ndarray


class Posterior(NamedTuple):
    """What a distribution of the parameters has beside means and covariances; float64.

    Attributes
    ----------
    weight_concentration : ndarray of shape (K,), or (2, K)
        Of a Dirichlet distribution, or of the beta distributions of the sticks.
    mean_precision : ndarray of shape (K,)
    degrees_of_freedom : ndarray of shape (K,), or (1,) if one covariance is shared
    """

    weight_concentration: np.ndarray
    mean_precision: np.ndarray
    degrees_of_freedom: np.ndarray

    @classmethod
    def of(cls, prior, nk, shared):
        """Return that of `prior` and so many rows, nk (K,): equations 10.58, 10.60 and 10.63."""
        concentration = prior.weight_concentration + nk
        if prior.process:
            later = np.append(np.cumsum(nk[:0:-1])[::-1], 0.0)
            concentration = np.stack([1.0 + nk, prior.weight_concentration + later])
        return cls(
            concentration,
            prior.mean_precision + nk,
            prior.degrees_of_freedom + _rows_of_each(nk, shared),
        )

    def weights(self):
        """Return the expected weights (K,), which sum to one."""
        weights = self.weight_concentration
        if weights.ndim == 2:
            broken = weights / weights.sum(axis=0)
            weights = broken[0] * np.append(1.0, np.cumprod(broken[1, :-1]))
        return weights / weights.sum()

    def log_weights(self):
        """Return the expected logarithms of the weights, (K,): equation 10.66."""
        concentration = self.weight_concentration
        logs = digamma(concentration) - digamma(concentration.sum(axis=0))
        if concentration.ndim == 1:
            return logs
        return logs[0] + np.append(0.0, np.cumsum(logs[1, :-1]))

    def log_constants(self, d):
        """Return what expectations add to log densities in D dimensions, (K,).

        These have the precisions at their mean, which the expected logarithm of a determinant is
        less than; and means are uncertain: equations 10.64 and 10.65.
        """
        nu = self.degrees_of_freedom
        halves = 0.5 * (nu - np.arange(d)[:, np.newaxis])
        log_det = digamma(halves).sum(axis=0) - d * np.log(0.5 * nu)
        return 0.5 * (log_det - d / self.mean_precision)

    def log_norm(self, log_det, d):
        """Return the logarithm of what normalises the distribution, less constants.

        `log_det` (K or 1,): half of the logarithms of the determinants of the mean precisions.
        """
        concentration, nu = self.weight_concentration, self.degrees_of_freedom
        if concentration.ndim == 2:
            weights = -betaln(*concentration).sum()
        else:
            weights = gammaln(concentration.sum()) - gammaln(concentration).sum()
        halves = 0.5 * (nu - np.arange(d)[:, np.newaxis])
        log_wishart = -(nu * (log_det - 0.5 * d * np.log(0.5 * nu)) + gammaln(halves).sum(axis=0))
        n_components = len(self.mean_precision) // len(nu)  # that have this Wishart distribution
        means = 0.5 * d * np.log(self.mean_precision).sum()
        return float(weights + n_components * log_wishart.sum() + means)


class VariationalOptions(NamedTuple):
    """What variational EM needs beside the rows; it stands in for `MStepOptions`.

    Attributes
    ----------
    covariance : Covariance
        The type of the covariances: one of scikit-learn's four.
    reg_covar : float
        Added to the variances of the rows of each component.
    prior : Prior
    dtype : {float64, float32}
        What the parameters are to be kept in, which tells less of what features have of their own.
    fixed : tuple
        Empty: all parameters are estimated.
    """

    covariance: Covariance
    reg_covar: float
    prior: Prior
    dtype: type = np.float64
    fixed: tuple = ()

    moves_empty = False  # the prior is where those are that hold no row

    def estimates(self, name):
        """Tell whether a parameter is estimated: all are."""
        return True

    def step(self, stats, previous, **how):
        """Do `variational_step`."""
        return variational_step(stats, previous, self, **how)


def variational_step(stats, previous, options, *, overwrite=False, dtype=np.float64, raised=False):
    """Maximise the lower bound given the statistics.

    Parameters
    ----------
    stats : SufficientStats
        Of one E-step over all rows.
    previous : Mixture
        Of that E-step: the lower bound has the entropy of its responsibilities.
    options : VariationalOptions
    overwrite, dtype, raised
        As of `m_step`.

    Returns
    -------
    MStep
        With the posterior, and the mixture of the next E-step.

    Notes
    -----
    Of rows with means x and covariances S the posterior's covariances are, by equations 10.61 and
    10.62, ``(W0 + nk (S + reg_covar) + b0 nk / (b0 + nk) (x - m0) (x - m0)^T) / nu``. A shared one
    is that of the mean over the components.
    """
    prior, covariance, nk = options.prior, options.covariance, stats.nk
    d = stats.first.shape[1]
    entropy = entropy_of_responsibilities(stats, previous)
    posterior = Posterior.of(prior, nk, covariance.shared)
    inverses = None if stats.factors is None else inverses_of(stats.factors)
    row_means = means_of_rows(stats, inverses, nk == 0.0, prior.mean)
    share = (nk / posterior.mean_precision)[:, np.newaxis]
    away = row_means - prior.mean
    with overflow_checked_later():
        variances = total_variances(of_rows(stats, inverses))
        covariances = _covariances(options, stats, row_means, share * away, away, overwrite)
        covariances /= _as_column(posterior.degrees_of_freedom, covariances)
    check_no_overflow(covariances)
    means = prior.mean + share * away
    dtype = np.float32 if options.dtype == np.float32 else dtype
    rounding = rounding_of(stats, means, len(covariances), dtype, raised)
    if inverses is not None and dtype != np.float32:
        own = diagonals(prior.covariance) / _as_column(posterior.degrees_of_freedom, means)
        rounding = with_prior(rounding, own, covariances, inverses)
    covariances, factors, floored, coarse = definite(
        covariances, variances, rounding, stats.factors, inverses
    )
    mixture = expected_mixture(means, covariances, factors, posterior)
    log_norm = posterior.log_norm(log_dets(factors, d), d)
    return MStep(
        mixture,
        holding_nothing(stats),
        floored,
        entropy - log_norm,
        variances,
        coarse,
        not (coarse or floored.any() or stats.factors is not None),
        posterior,
    )


def expected_mixture(means, covariances, factors, posterior, dtype=np.float64):
    """Return the `Mixture` whose log joint densities are the expected ones.

    Its weights are the expected ones, and its ``log_norms`` not those of such a mixture.
    """
    mixture = assemble(posterior.weights(), means, covariances, factors)
    d = means.shape[1]
    log_norms = log_dets(factors, d) - 0.5 * d * math.log(2 * math.pi)
    log_norms = posterior.log_weights() + log_norms + posterior.log_constants(d)
    with np.errstate(over="ignore"):  # below the lowest float32 there is -inf: no share either
        return Mixture(*(np.ascontiguousarray(a, dtype) for a in (*mixture[:4], log_norms)))


def moments_of_all(source, covariance):
    """Return the mean (D,) of all rows and their covariance, unbiased: that of `Prior`.

    Raises
    ------
    ValueError
        If the weights of the rows sum to no more than one.
    """
    if not source.weight > 1.0:
        raise ValueError(
            f"sample_weight counts rows in a Bayesian mixture, and sums to {source.weight:.3g}: "
            "multiply it, for instance by len(X) over its sum, or give mean_prior and "
            "covariance_prior"
        )
    rows, weights = source.subsample(SOME_ROWS, np.random.RandomState(0))
    mean, variance = mean_and_variance(rows, weights)
    for second in (False, True):  # near all rows the second time
        one = assemble(np.ones(1), mean[np.newaxis], *covariance.isotropic(variance, 1, len(mean)))
        how = {"mode": "hard", "shift": one.means, "shifted": np.ones(1, bool), "second": second}
        stats = source.statistics(one, covariance.moments, **how)
        mean = (stats.shift + stats.first / stats.nk[:, np.newaxis])[0]
    scatter = scatter_about(stats, mean[np.newaxis], overwrite=True)
    found = covariance.estimate(scatter, stats.nk, len(mean), 0.0)
    return mean, found * (stats.weight / (stats.weight - 1.0))


def entropy_of_responsibilities(stats, mixture):
    """Return ``- sum_nk r_nk log r_nk`` of the (weighted) responsibilities by `mixture`.

    They are the joint densities over the rows' densities, so that their logarithms are differences,
    whose sums are the log-likelihood and squares of the statistics. It is not negative.
    """
    some = stats.nk > 0.0
    at_means = stats.nk[some] @ mixture.log_norms[some]
    return max(0.0, float(stats.log_likelihood - at_means + 0.5 * _sum_of_squares(stats, mixture)))


def _sum_of_squares(stats, mixture):
    """Return the sum of squares of rows whitened by their components, ``r |U^T (x - mean)|^2``."""
    factors, of_pass = mixture.precisions_cholesky, stats.factors
    delta = mixture.means - stats.shift
    if factors.ndim == 2:
        delta, first = factors * delta, factors * stats.first
        squares = factors * (stats.second * factors)
    else:
        # Of rows y that the pass has whitened already, the factors are what is left to do.
        delta = by_each(delta, factors)
        factors = factors if of_pass is None else inverses_of(of_pass) @ factors
        first = by_each(stats.first, factors)
        at_once = max(1, CACHED_BYTES // (8 * factors[0].size))
        squares = np.array(
            [
                np.vdot(
                    stats.second[k : k + at_once] @ factors[k : k + at_once],
                    factors[k : k + at_once],
                )
                for k in range(0, len(factors), at_once)
            ]
        )
    moved = delta * (stats.nk[:, np.newaxis] * delta - 2.0 * first)
    return float(squares.sum() + moved.sum())


def _covariances(options, stats, means, shares, away, overwrite):
    """Return the posterior's covariances, times the degrees of freedom, of whitened rows too.

    Of rows with these `means`; shares and away (K, D): of the prior's mean.
    """
    prior, covariance, factors = options.prior, options.covariance, stats.factors
    own = prior.covariance
    scatter = scatter_about(stats, means, overwrite)
    if factors is not None:
        shares, away = by_each(shares, factors), by_each(away, factors)
        own = congruent(own, factors)
    covariance.subtract(scatter, -prior.mean_precision * shares, away)
    # Divided by the number of rows and multiplied again: 1 stands in for none.
    nk = np.where(stats.nk > 0.0, stats.nk, 1.0) if not covariance.shared else stats.nk
    found = covariance.estimate(scatter, nk, means.shape[1], options.reg_covar, factors)
    found *= _as_column(_rows_of_each(stats.nk, covariance.shared), found)
    found += own
    return found


def _rows_of_each(nk, shared):
    """Return the number of rows for each covariance: (K,), or their mean (1,) of a shared one."""
    return nk.mean(keepdims=True) if shared else nk


def _as_column(values, covariances):
    return values.reshape(-1, *(1,) * (covariances.ndim - 1))
