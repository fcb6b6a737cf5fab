"""`SufficientStats`: what one pass over the rows leaves behind.

The statistics are additive: those of two sets of rows are the `merge` of their own. They
are taken about a shift near the data (each component's own where it must be), so that data
far from the origin, or clusters much tighter than their distance, lose no digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..covariances import by_shape

if TYPE_CHECKING:
    from .._typing import Float64s


def overflow_checked_later():
    """Return a context without NumPy's warnings of overflow: `check_no_overflow` follows."""
    return np.errstate(over="ignore", invalid="ignore")


def check_no_overflow(*arrays):
    """Raise ValueError unless all `arrays`, made of sums of squares of rows, are finite."""
    if not all(np.count_nonzero(np.isfinite(a)) == np.size(a) for a in arrays):
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
        ``U^T (x - shift)``. Such are for one M-step; those of others are not merged with them.
    centre : ndarray of shape (D,) or None
        The point which was subtracted from the rows first, and rounded.
    """

    nk: Float64s
    first: Float64s
    second: Float64s | None
    shift: Float64s
    log_likelihood: float
    weight: float
    factors: Float64s | None = None
    centre: Float64s | None = None


def times(unit, stats):
    """Return the statistics of rows of `unit` times the weight."""
    if unit == 1.0:
        return stats
    sums = ("nk", "first", "second", "log_likelihood", "weight")
    scaled = {k: unit * v for k, v in stats._asdict().items() if k in sums and v is not None}
    return stats._replace(**scaled)


def recentre(stats, shift):
    """Return `stats` taken about another `shift` (K, D).

    Exact in exact arithmetic; in floating point, moving far from the rows loses what
    taking the moments near them had saved.
    """
    delta = stats.shift - shift
    weighted = stats.nk[:, np.newaxis] * delta
    second = stats.second
    if second is not None:
        products = by_shape(second.shape, *delta.shape).products
        second = (
            second
            + products(stats.first, delta)
            + products(delta, stats.first)
            + products(weighted, delta)
        )
    return stats._replace(first=stats.first + weighted, second=second, shift=shift)


def merge(a, b):
    """Return the statistics of the rows of `a` and of `b` together.

    For sources made of parts. Threads' chunks are added up by `ChunkedSource.add_up`.

    Raises
    ------
    ValueError
        If rows are whitened in one of them, or by others, or about other points.
    """
    about_same = np.array_equal(a.shift, b.shift)
    whitened = a.factors is not None or b.factors is not None
    if whitened and not (about_same and _equal(a.factors, b.factors)):
        raise ValueError(
            "statistics of whitened rows are merged only with those of the same factors and shift"
        )
    if not about_same:
        b = recentre(b, a.shift)
    return SufficientStats(
        a.nk + b.nk,
        a.first + b.first,
        None if a.second is None else a.second + b.second,
        a.shift,
        a.log_likelihood + b.log_likelihood,
        a.weight + b.weight,
        a.factors,
        a.centre,
    )


def _equal(a, b):
    return a is not None and b is not None and np.array_equal(a, b)
