"""`SufficientStats`: what one pass over the rows leaves behind, and the M-step made of it.

The statistics are additive: those of two sets of rows are the `merge` of their own. They
are taken about a shift near the data (each component's own where it must be), so that data
far from the origin, or clusters much tighter than their distance, lose no digits.
"""

import math
from typing import NamedTuple

import numpy as np

from ._definite import SMALLEST_VARIANCE, Rounding, congruent, definite
from ._factors import inverses_of
from .mixture import Mixture, assemble

# A component whose share of the total weight is below this holds no row at all: the
# responsibilities that it sums are rounding errors of others.
EMPTY_SHARE = 1e-14


def overflow_checked_later():
    """Return a context without NumPy's warnings of overflow: `check_no_overflow` follows."""
    return np.errstate(over="ignore", invalid="ignore")


def check_no_overflow(*arrays):
    """Raise ValueError unless all `arrays`, made of sums of squares of rows, are finite."""
    if not all(np.isfinite(a).all() for a in arrays):
        raise ValueError(
            "X has values too large for sums of squares in float64 (times sample_weight): expected "
            "magnitudes below about 1e150. Scale X down."
        )


class SufficientStats(NamedTuple):
    """Weighted moments of the rows about a shift, by component; float64, units of the data.

    Attributes
    ----------
    nk : ndarray of shape (K,)
        Sum of the responsibilities (times the sample weights).
    first : ndarray of shape (K, D)
        Sum of ``r (x - shift)``.
    second : ndarray or None
        Sum of ``r (x - shift) (x - shift)^T`` in the shape of a Mixture's covariances: full
        ``(K, D, D)``, tied ``(1, D, D)`` summed over components, diag ``(K, D)``, spherical
        ``(K, 1)`` summed over features. None where the covariances are not estimated.
    shift : ndarray of shape (K, D)
        The points about which the moments are taken.
    log_likelihood : float
        Sum of the rows' log densities, in nats (for hard assignments, of the largest
        weighted component density).
    weight : float
        Sum of the sample weights; the number of rows without them.
    factors : ndarray of shape (K or 1, D, D) or None
        Factors U of precisions, where ``first`` and ``second`` are of whitened rows,
        ``U^T (x - shift)``. Such are for one M-step, and not merged.
    centre : ndarray of shape (D,) or None
        The point which was subtracted from the rows first, and rounded.
    """

    nk: np.ndarray
    first: np.ndarray
    second: np.ndarray | None
    shift: np.ndarray
    log_likelihood: float
    weight: float
    factors: np.ndarray | None = None
    centre: np.ndarray | None = None


def times(unit, stats):
    """Return the statistics of rows of `unit` times the weight."""
    if unit == 1.0:
        return stats
    sums = ("nk", "first", "second", "log_likelihood", "weight")
    scaled = {k: unit * v for k, v in stats._asdict().items() if k in sums and v is not None}
    return stats._replace(**scaled)


def _by(vectors, matrices):
    """Return the products of rows (K, D) and matrices (K or 1, D, D)."""
    return (vectors[:, np.newaxis, :] @ matrices)[:, 0]


def _outer(a, b, like):
    """Return the products ``a b^T`` by component, reduced to the shape that `like` has."""
    if like.ndim == 3:
        if like.shape[0] != a.shape[0]:
            return np.einsum("ki,kj->ij", a, b)[np.newaxis]
        return a[:, :, np.newaxis] * b[:, np.newaxis, :]
    product = a * b
    return product if like.shape[1] == a.shape[1] else product.sum(axis=1, keepdims=True)


def recentre(stats, shift):
    """Return `stats` taken about another `shift` (K, D).

    Exact in exact arithmetic; in floating point, moving far from the rows loses what
    taking the moments near them had saved.
    """
    delta = stats.shift - shift
    weighted = stats.nk[:, np.newaxis] * delta
    second = stats.second
    if second is not None:
        second = (
            second
            + _outer(stats.first, delta, second)
            + _outer(delta, stats.first, second)
            + _outer(weighted, delta, second)
        )
    return stats._replace(first=stats.first + weighted, second=second, shift=shift)


def merge(a, b):
    """Return the statistics of the rows of `a` and of `b` together."""
    if a.factors is not None or b.factors is not None:
        raise ValueError("statistics of whitened rows cannot be merged")
    if not np.array_equal(a.shift, b.shift):
        b = recentre(b, a.shift)
    return SufficientStats(
        a.nk + b.nk,
        a.first + b.first,
        None if a.second is None else a.second + b.second,
        a.shift,
        a.log_likelihood + b.log_likelihood,
        a.weight + b.weight,
        centre=a.centre,
    )


class MStep(NamedTuple):
    """What `m_step` returns: the mixture, and which components needed help (bool, (K,)).

    `variances` (D,) are the features' over all rows; None where covariances are not estimated.
    `coarse`: some covariance has pivots of few digits, which they would not be of rows that are
    whitened by the mixture.
    """

    mixture: Mixture
    empty: np.ndarray
    floored: np.ndarray
    variances: np.ndarray | None = None
    coarse: bool = False

    @property
    def floored_components(self):
        """The set of components whose covariance was raised to the floor."""
        return set(np.flatnonzero(self.floored).tolist())


def m_step(
    stats,
    previous,
    *,
    reg_covar=0.0,
    fixed=(),
    overwrite=False,
    dtype=np.float64,
    raised=False,
):
    """Maximise the expected log likelihood given the statistics.

    Parameters
    ----------
    stats : SufficientStats
        Of one E-step over all rows.
    previous : Mixture
        Gives whatever is `fixed`, and the mean and covariance of a component that holds
        no row.
    reg_covar : float
        Added to the diagonal of every covariance.
    fixed : collection of {"weights", "means", "covariances"}
        Parameters to take over from `previous`.
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
    nk = stats.nk
    empty = nk <= EMPTY_SHARE * stats.weight
    divisor = np.where(empty, 1.0, nk)[:, np.newaxis]
    weights = previous.weights if "weights" in fixed else nk / nk.sum()
    inverses = None if stats.factors is None else inverses_of(stats.factors)
    if "means" in fixed:
        means = np.asarray(previous.means, dtype=np.float64)
    else:
        moved = stats.first / divisor
        moved = moved if inverses is None else _by(moved, inverses)
        means = np.where(empty[:, np.newaxis], previous.means, stats.shift + moved)
    if "covariances" in fixed:
        return MStep(
            assemble(weights, means, previous.covariances, previous.precisions_cholesky),
            empty,
            np.zeros_like(empty),
        )
    with overflow_checked_later():
        variances = total_variances(_of_rows(stats, inverses))
        scatter = scatter_about(stats, means, overwrite)
        covariances = _covariances(stats, scatter, means, previous, reg_covar, empty)
    check_no_overflow(covariances)
    away = 0.0 if stats.centre is None else stats.centre
    away = np.abs(means) + np.abs(means - away)
    away = away if len(covariances) == len(means) else away.max(axis=0, keepdims=True)
    rounding = Rounding.of(away, stats.factors is not None, dtype, raised)
    covariances, factors, floored, coarse = definite(
        covariances, variances, rounding, stats.factors, inverses
    )
    if empty.any() and len(covariances) == len(means):
        covariances[empty] = previous.covariances[empty]
        factors[empty] = previous.precisions_cholesky[empty]
        floored &= ~empty
    return MStep(
        assemble(weights, means, covariances, factors),
        empty,
        floored,
        variances,
        coarse,
    )


def _of_rows(stats, inverses):
    """Return statistics of whitened rows as those of the rows; inverses: of their factors."""
    if inverses is None:
        return stats
    second = congruent(stats.second, inverses)
    return stats._replace(first=_by(stats.first, inverses), second=second, factors=None)


def scatter_about(stats, means, overwrite=False):
    """Return the second moments about `means` (K, D), without a detour by the origin.

    `overwrite` makes them of those about the shift, in place.
    """
    delta = means - stats.shift
    if stats.factors is not None:
        delta = _by(delta, stats.factors)
    residual = stats.first - stats.nk[:, np.newaxis] * delta  # zero at the weighted means
    scatter = stats.second if overwrite else stats.second.copy()
    if scatter.ndim == 3 and scatter.shape[0] == len(means):
        for i in range(means.shape[1]):  # no matrices beside those that there must be
            scatter[:, i] -= stats.first[:, i, np.newaxis] * delta
            scatter[:, i] -= delta[:, i, np.newaxis] * residual
        return scatter
    scatter -= _outer(stats.first, delta, scatter)
    scatter -= _outer(delta, residual, scatter)
    return scatter if scatter.ndim == 3 else np.maximum(scatter, 0.0)


def _covariances(stats, scatter, means, previous, reg_covar, empty):
    """Divide the scatter by the effective counts, in place, and add `reg_covar`."""
    if scatter.ndim == 3 and scatter.shape[0] != len(means):  # tied
        covariances = scatter / stats.nk.sum()
        empty = np.zeros(1, dtype=bool)
    else:
        divisor = np.where(empty, 1.0, stats.nk).reshape((-1,) + (1,) * (scatter.ndim - 1))
        covariances = np.divide(scatter, divisor, out=scatter)
        if scatter.ndim == 2 and scatter.shape[1] != means.shape[1]:
            covariances /= means.shape[1]  # spherical: the mean over the features
    if covariances.ndim == 3:
        for i in range(covariances.shape[1]):
            half = 0.5 * (covariances[:, i, i:] + covariances[:, i:, i])
            covariances[:, i, i:] = covariances[:, i:, i] = half
        if stats.factors is None:
            diagonal = np.einsum("kii->ki", covariances)
            diagonal += reg_covar
        else:
            covariances += reg_covar * (stats.factors.transpose(0, 2, 1) @ stats.factors)
    else:
        covariances += reg_covar
    if empty.any():
        own = previous.covariances[empty]
        covariances[empty] = own if stats.factors is None else congruent(own, stats.factors[empty])
    return covariances


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
    second = stats.second
    if second.ndim == 3:
        second = np.einsum("kii->ki", second)
    moved = ((stats.first + residual) * delta).sum(axis=0)
    if second.shape[1] != d:
        moved = moved.sum() / d
        second = second / d
    variances = np.broadcast_to(np.maximum(second.sum(axis=0) - moved, 0.0), (d,)) / total
    rounding = (10 * np.finfo(np.float64).eps * centre) ** 2
    tiny = (centre != 0.0) & (np.abs(centre) < math.sqrt(SMALLEST_VARIANCE))
    constant = (variances <= rounding) & ~tiny
    return np.where(constant, variances[~constant].mean() if not constant.all() else 1.0, variances)
