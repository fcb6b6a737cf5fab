"""`SufficientStats`: what one pass over the rows leaves behind, and the M-step made of it.

The statistics are additive: those of two sets of rows are the `merge` of their own. They
are taken about a shift near the data (each component's own where it must be), so that data
far from the origin, or clusters much tighter than their distance, lose no digits.
"""

import math
from typing import NamedTuple

import numpy as np

from ._factors import diagonals, inverses_of, pivots, precisions_cholesky_of
from .mixture import Mixture, assemble

# A component whose share of the total weight is below this holds no row at all: the
# responsibilities that it sums are rounding errors of others.
EMPTY_SHARE = 1e-14

# What a feature has of its own beside those before it (see `pivots`) is noise below this share of
# its variance, times D: the features are collinear. Sums of products hold some roundings of the
# variances; those of whitened rows as many of a deviation. Of float32 rows, which are summed in
# float64 there, it is the densities and the attributes, in float32, that tell no smaller share.
EPS = float(np.finfo(np.float64).eps)
SMALLEST_PIVOT, SMALLEST_WHITENED = 16 * EPS, (16 * EPS) ** 2
SMALLEST_OF_SINGLE = 16 * float(np.finfo(np.float32).eps) ** 2
RAISED_PIVOT = 4  # of collinear features, times SMALLEST_PIVOT

# Pivots below this, times D, have no six digits: see `MStep`.
COARSE_PIVOT = 1e6 * EPS

# The floor of a variance that is zero, as a share of each feature's over all rows (see
# `total_variances`); raised a hundredfold at a time until the factorisation succeeds.
FLOOR_SHARE = 1e-10
FLOOR_SHARES = FLOOR_SHARE * 100.0 ** np.arange(8)
LARGEST_SHARE = 0.01  # of a feature's variance, that the smallest variance may be
SMALLEST_VARIANCE = 1e-305  # its inverse is still finite, and so is a sum of them


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
    """

    nk: np.ndarray
    first: np.ndarray
    second: np.ndarray | None
    shift: np.ndarray
    log_likelihood: float
    weight: float
    factors: np.ndarray | None = None


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


def _congruent(matrices, by):
    """Return ``B^T M B``, symmetric, of matrices M and B (K or 1, D, D)."""
    products = by.transpose(0, 2, 1) @ matrices @ by
    return 0.5 * (products + products.transpose(0, 2, 1))


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
    if not np.array_equal(a.shift, b.shift):
        b = recentre(b, a.shift)
    return SufficientStats(
        a.nk + b.nk,
        a.first + b.first,
        None if a.second is None else a.second + b.second,
        a.shift,
        a.log_likelihood + b.log_likelihood,
        a.weight + b.weight,
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


def m_step(stats, previous, *, reg_covar=0.0, fixed=(), overwrite=False, dtype=np.float64):
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
    smallest = SMALLEST_PIVOT if inverses is None else SMALLEST_WHITENED
    if dtype == np.float32:
        smallest = max(smallest, SMALLEST_OF_SINGLE)
    d = means.shape[1]
    covariances, factors, floored, coarse = _factors(
        covariances, variances, d * smallest, stats.factors, inverses
    )
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
    second = _congruent(stats.second, inverses)
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
        covariances[empty] = own if stats.factors is None else _congruent(own, stats.factors[empty])
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


def _factors(covariances, variances, smallest, units=None, inverses=None):
    """Return covariances, their factors, the mask of those that were singular, and `MStep.coarse`.

    Singular ones are raised in place, until no pivot is below `smallest`. Collinear features are
    raised by shares of their own variances; and what that does not mend by shares of the variances
    over all rows (D,), or, where they do not make it definite for it cancelled (see `estimate`), by
    its own size. `units`, `inverses`: of the factors by which rows are whitened.
    """
    n, d = len(covariances), covariances.shape[1]
    try:
        parts = precisions_cholesky_of(covariances)
        coarse = (pivots(covariances, parts) < COARSE_PIVOT * d).any()
        result, factors = _in_units(covariances, parts, units, inverses)
        singular = (pivots(result, factors) < smallest).any(axis=1)
    except np.linalg.LinAlgError:
        result, factors = np.empty_like(covariances), np.empty_like(covariances)
        coarse = covariances.ndim == 3 and (diagonals(covariances) > 0).all()
        singular = np.ones(n, dtype=bool)
    for k in np.flatnonzero(singular):
        unit = [None if a is None else a[k : k + 1] for a in (units, inverses)]
        found, pivot = _factor(covariances[k : k + 1], *unit)
        singular[k] = pivot < smallest
        if singular[k]:
            found = _raise(covariances[k : k + 1], k, variances, pivot, smallest, *unit)
        result[k], factors[k] = found
    return result, factors, singular, bool(coarse)


def _in_units(covariances, factors, units, inverses):
    """Take covariances of rows whitened by `units`, and their factors, back to the rows."""
    if units is None:
        return covariances, factors
    return _congruent(covariances, inverses), units @ factors


def _factor(covariance, unit, inverse):
    """Return a covariance (1, ...) and its factor, of the rows, and its smallest pivot.

    None and 0 if it has none.
    """
    try:
        factor = precisions_cholesky_of(covariance)
    except np.linalg.LinAlgError:
        return None, 0.0
    covariance, factor = _in_units(covariance, factor, unit, inverse)
    return (covariance[0], factor[0]), pivots(covariance, factor).min()


def _raise(covariance, k, variances, pivot, smallest, unit, inverse):
    """Raise component k's covariance (1, ...), of that smallest pivot; do `_factor` of it."""
    d = len(variances)
    of_rows = covariance if unit is None else _congruent(covariance, inverse)
    own = np.abs(diagonals(of_rows))[0]
    # Near the limit little by little, so that rounding decides of nothing all at once. Where rows
    # are whitened nothing is near it.
    share = RAISED_PIVOT * smallest * min(1.0, 2.0 - 2.0 * pivot / smallest)
    share = share if unit is None else max(share, FLOOR_SHARE)
    floors = np.maximum(FLOOR_SHARES[:, np.newaxis] * variances, SMALLEST_VARIANCE)
    size = np.full(d, 2.0 * d * np.abs(of_rows).max())
    for i, added in enumerate((share * own, *floors, size)):
        if i > 0 and variances.min() < SMALLEST_VARIANCE / LARGEST_SHARE:
            raise ValueError(
                "X has values too small for squares in float64: expected magnitudes above about "
                "1e-150. Scale X up, or raise reg_covar."
            )
        if covariance.ndim == 3:
            added = np.diag(added)[np.newaxis]
            added = added if unit is None else _congruent(added, unit)
        elif covariance.shape[1] != len(added):
            added = added.mean()
        found, pivot = _factor(covariance + added, unit, inverse)
        if found is not None and pivot >= smallest:
            return found
    raise ValueError(
        f"X gives component {k} a covariance that is not positive definite to working "
        "precision: scale its features alike, or raise reg_covar"
    )
