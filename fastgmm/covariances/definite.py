"""Which covariances are singular to working precision, and how they are raised.

Of features that others explain, rounding makes up what they have of their own. How much that is
depends on what is summed up: see `Rounding`.
"""

import math
from typing import NamedTuple

import numpy as np

from .factors import diagonals, pivots, precisions_cholesky_of, whitened_sizes

# What a feature has of its own beside those before it (see `pivots`) is noise, and the features are
# collinear, where it is a share of its variance below this times D, for each squared deviation that
# is summed up in it (see `Rounding`). Sums of products hold some roundings of the variances; those
# of whitened rows as many of the rows. Of float32 rows, which are summed in float64 there, it is
# the densities and the attributes, in float32, that tell no smaller share.
EPS, EPS_OF_SINGLE = float(np.finfo(np.float64).eps), float(np.finfo(np.float32).eps)
SMALLEST_PIVOT, SMALLEST_WHITENED = 16 * EPS, (4 * EPS) ** 2
SMALLEST_OF_SINGLE = EPS_OF_SINGLE**2
MOST_RAISES = 4  # each of what is still missing
RAISED_AGAIN = 16.0  # times the limit, below which what was raised is raised again

# By sums of products shares below this, for each squared deviation that is summed up, have not six
# digits: see `MStep`. Those of float32 have not three. No larger share is taken for rounding.
COARSE_PIVOT = 1e6 * EPS
COARSE_PIVOT_OF_SINGLE = 64 * EPS_OF_SINGLE

# The floor of a variance that is zero, as a share of each feature's over all rows (see
# `total_variances`); raised a hundredfold at a time until the factorisation succeeds.
FLOOR_SHARE = 1e-10
FLOOR_SHARES = FLOOR_SHARE * 100.0 ** np.arange(8)
# A variance in a matrix below this share of that of all rows is none: what moments sum up rounds to
# more, as where a feature is the same in all rows of a component, but for a trace of others.
SMALLEST_SHARE = EPS**2
FLOOR_OF_OWN = 1e4  # times as large a share of its own variance may a collinear feature's be
LARGEST_SHARE = 0.01  # of a feature's variance, that the smallest variance may be
SMALLEST_VARIANCE = 1e-305  # its inverse is still finite, and so is a sum of them


def congruent(matrices, by):
    """Return ``B^T M B``, symmetric, of matrices M and B (K or 1, D, D)."""
    products = by.transpose(0, 2, 1) @ matrices @ by
    return 0.5 * (products + products.transpose(0, 2, 1))


class Rounding(NamedTuple):
    """What share of its variance a feature must have of its own, not to be taken for rounding.

    Whitened by its factor U, a row has deviation 1, and the rounding of what is summed up there:
    of ``|U_ij| (|x_i - mean_i| + |mean_i - centre_i| + |mean_i|)``, for the centre is subtracted
    first and means are stored. `away` (K or 1, D): the latter two; 0 of sums of products, where the
    first is larger. `least` (K or 1, 1): share of rounding where only the feature itself is summed
    up. `most`: no larger share is rounding. `floor`: the least that collinear ones are raised by.
    `added` (K or 1, 1): as `least`, of a matrix that was added to the covariances of whitened rows:
    it has the rounding of products.
    """

    away: np.ndarray
    least: np.ndarray
    most: float
    floor: float
    added: np.ndarray | None = None

    @classmethod
    def of_products(cls, n, d):
        """Return that of n covariances which are made of sums of products of float64 rows."""
        return cls(np.zeros((n, d)), np.zeros((n, 1)) + d * SMALLEST_PIVOT, COARSE_PIVOT, 0.0)

    @classmethod
    def of_rows(cls, away, dtype, raised=False):
        """Return that of moments of float32 rows, or of whitened ones.

        `raised`: the mask of covariances that were raised in the iteration before. Where there is
        a floor they are again until they have many times the share: what is at the limit, which is
        known to some rounding, would be raised to the floor in one iteration, and not in the next.
        """
        n, d = away.shape
        least = np.full((n, 1), float(d))
        if dtype == np.float32:
            return cls(away, least * SMALLEST_OF_SINGLE, COARSE_PIVOT_OF_SINGLE, 0.0)
        least[np.broadcast_to(raised, n)] *= RAISED_AGAIN
        return cls(away, least * SMALLEST_WHITENED, COARSE_PIVOT, FLOOR_SHARE)

    def at(self, k):
        """Return that of covariance k alone."""
        added = None if self.added is None else self.added[k : k + 1]
        return self._replace(away=self.away[k : k + 1], least=self.least[k : k + 1], added=added)

    def and_added(self, shares):
        """Return that of covariances of float64 rows, of which `shares` (K or 1,) were added."""
        added = self.least / SMALLEST_WHITENED * SMALLEST_PIVOT * shares[:, np.newaxis]
        return self._replace(added=added)

    def lacking(self, covariances, factors):
        """Return the share of their variances by which features must be raised, (K or 1).

        0 where they are not collinear. It is that of the first feature that is collinear with
        those before it: what others have to do with that one is rounding, too.
        """
        own = pivots(covariances, factors)
        if own.min() >= self.most:
            return np.zeros(len(own))
        # Taken back from whitened rows a variance may come out negative: that lacks all of it.
        with np.errstate(over="ignore"):
            roots = np.sqrt(np.maximum(own, 0.0))
            sizes = whitened_sizes(covariances, factors, self.away) * roots
            limits = self.least * sizes**2
            if self.added is not None:
                sizes = whitened_sizes(covariances, factors) * roots
                limits = np.maximum(limits, self.added * sizes**2)
            limits = np.minimum(limits, self.most)
        each = np.maximum(limits - own, 0.0)
        return each[np.arange(len(each)), (each > 0.0).argmax(axis=1)]


def definite(covariances, variances, rounding, units=None, inverses=None):
    """Return covariances, their factors, the mask of those that were singular, and `MStep.coarse`.

    Singular ones are raised in place, until none lacks anything by `rounding`. Collinear features
    are raised by shares of their own variances; and what that does not mend by shares of the
    variances over all rows (D,), or, where they do not make it definite for it cancelled (see
    `estimate`), by its own size. `units`, `inverses`: of the factors by which rows are whitened.
    """
    n = len(covariances)
    try:
        parts = precisions_cholesky_of(covariances)
        if covariances.ndim == 2:  # a feature by itself is collinear with none
            return covariances, parts, np.zeros(n, dtype=bool), False
        coarse = coarse_pivots(covariances, parts)
        result, factors = _in_units(covariances, parts, units, inverses)
        singular = rounding.lacking(result, factors) > 0.0
        singular |= _vanished(result, variances).any(axis=1)
    except np.linalg.LinAlgError:
        result, factors = np.empty_like(covariances), np.empty_like(covariances)
        singular, coarse = np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    for k in singular.nonzero()[0]:
        unit = [None if a is None else a[k : k + 1] for a in (units, inverses)]
        found, lacking, coarse[k] = _factor(covariances[k : k + 1], rounding.at(k), *unit)
        vanished = found is not None and _vanished(found[0][np.newaxis], variances).any()
        singular[k] = lacking > 0.0 or vanished
        if singular[k]:
            found = _raise(covariances[k : k + 1], k, variances, lacking, rounding.at(k), *unit)
        result[k], factors[k] = found
    if units is not None:  # of a singular covariance whitened rows tell that it is
        coarse &= ~singular
    return result, factors, singular, bool(coarse.any())


def _vanished(covariances, variances):
    """Return the mask (K or 1, D) of variances, in matrices, that are none beside all rows'."""
    return (covariances.ndim == 3) & (diagonals(covariances) < SMALLEST_SHARE * variances)


def coarse_pivots(covariances, factors, dtype=np.float64):
    """Return the mask of covariances for which sums of products in `dtype` have too few digits."""
    least = COARSE_PIVOT if dtype == np.float64 else COARSE_PIVOT_OF_SINGLE
    return (whitened_sizes(covariances, factors) > 1.0 / math.sqrt(least)).any(axis=1)


def _in_units(covariances, factors, units, inverses):
    """Take covariances of rows whitened by `units`, and their factors, back to the rows."""
    if units is None:
        return covariances, factors
    return congruent(covariances, inverses), units @ factors


def _factor(covariance, rounding, unit, inverse):
    """Return a covariance (1, ...) and its factor, of the rows; what it lacks; if it is coarse.

    None if it has none: then what it lacks is not known, but that it is not less than the least.
    """
    try:
        factor = precisions_cholesky_of(covariance)
    except np.linalg.LinAlgError:
        coarse = covariance.ndim == 3 and (diagonals(covariance) > 0).all()
        return None, rounding.least.item(), coarse
    coarse = coarse_pivots(covariance, factor)[0]
    covariance, factor = _in_units(covariance, factor, unit, inverse)
    return (covariance[0], factor[0]), rounding.lacking(covariance, factor)[0], coarse


def _raised(covariance, added, unit):
    """Return a covariance (1, ...), of rows whitened by `unit`, with `added` (D,) to variances."""
    if covariance.ndim == 3:
        added = np.diag(added)[np.newaxis]
        added = added if unit is None else congruent(added, unit)
    elif covariance.shape[1] != len(added):  # one variance for all features
        added = added.mean()
    return covariance + added


def _raise(covariance, k, variances, lacking, rounding, unit, inverse):
    """Raise component k's covariance (1, ...), which lacks that share; do `_factor` of it."""
    d = len(variances)
    of_rows = covariance if unit is None else congruent(covariance, inverse)
    own, share = np.abs(diagonals(of_rows))[0], 0.0
    # The same in every iteration: the likelihood has its logarithm, which no M-step maximises.
    floor = rounding.floor * np.minimum(variances, FLOOR_OF_OWN * own)
    none = _vanished(np.abs(of_rows), variances)[0]
    if none.any():  # what has no variance has none with others; nor has a factor of it digits
        kept = np.where(none, 0.0, 1.0)
        covariance, unit, inverse = of_rows * kept[:, np.newaxis] * kept, None, None
        rounding = rounding._replace(floor=0.0)
    for _ in range(0 if none.any() else MOST_RAISES):
        share += lacking
        added = np.maximum(share * own, floor)
        found, lacking, _ = _factor(_raised(covariance, added, unit), rounding, unit, inverse)
        if found is None:
            break
        if lacking == 0.0:
            return found
    if variances.min() < SMALLEST_VARIANCE / LARGEST_SHARE:
        raise ValueError(
            "X has values too small for squares in float64: expected magnitudes above about "
            "1e-150. Scale X up, or raise reg_covar."
        )
    floors = np.maximum(FLOOR_SHARES[:, np.newaxis] * variances, SMALLEST_VARIANCE)
    size = np.full(d, 2.0 * d * np.abs(of_rows).max())
    for added in (*floors, size):
        found, lacking, _ = _factor(_raised(covariance, added, unit), rounding, unit, inverse)
        if lacking == 0.0:
            return found
    raise ValueError(
        f"X gives component {k} a covariance that is not positive definite to working "
        "precision: scale its features alike, or raise reg_covar"
    )
