"""The frame of a pass: a centre, and power-of-two scales so that scaling by them is exact."""

import functools
import math

import numpy as np

from ..covariances.factors import symmetric
from ..simd.compiled import cached_njit, readonly
from ..simd.products import ENTRY_OPTIONS
from .log_densities import DIAG, FULL, SPHERICAL

_ROOT_OF_HALF = math.sqrt(0.5)


def to_frame(weights, means, deviations, centre, one_scale):
    """Take a mixture's means and deviations into a frame about `centre`.

    Parameters
    ----------
    weights : ndarray of shape (K,)
    means : ndarray of shape (K, D)
    deviations : ndarray of shape (K or 1, D or 1)
        A new array.
    centre : ndarray of shape (D,)
    one_scale : bool
        Whether all features have the largest of their scales.

    Returns
    -------
    scale : ndarray of shape (D,)
        The power of two next to the deviation of all rows from the centre.
    means, deviations : ndarrays of shape (K, D)
        In the frame.
    """
    k, d = means.shape
    scale, framed, widths = np.empty(d), means - centre, np.empty((k, d))
    _scale_by_spread(readonly(weights), framed, deviations, one_scale, scale, widths)
    return scale, framed, widths


@cached_njit(**ENTRY_OPTIONS)
def _scale_by_spread(weights, means, deviations, one_scale, scale, widths):
    """Set scale (D,) and widths (K, D), and divide means (K, D), which are less the centre, by it.

    Widths are the spreads about the centre first: not squares, which may overflow.
    """
    k_all, d = means.shape
    top = 0.0
    for j in range(d):
        largest = 0.0
        for k in range(k_all):
            deviation = deviations[k % deviations.shape[0], j % deviations.shape[1]]
            widths[k, j] = math.hypot(deviation, means[k, j])
            largest = max(largest, widths[k, j])
        unit = largest if largest > 0.0 else 1.0
        total = 0.0
        for k in range(k_all):
            share = widths[k, j] / unit
            total += weights[k] * (share * share)
        scale[j] = unit * math.sqrt(total)
        top = max(top, scale[j])
    for j in range(d):
        spread = top if one_scale else scale[j]
        mantissa, exponent = math.frexp(spread if spread > 0.0 else 1.0)
        scale[j] = math.ldexp(1.0, exponent if mantissa > _ROOT_OF_HALF else exponent - 1)
        for k in range(k_all):
            means[k, j] /= scale[j]
            widths[k, j] = deviations[k % deviations.shape[0], j % deviations.shape[1]] / scale[j]


@functools.lru_cache(32)
def entries_of_second(kind, d):
    """Return the quadratic sums that second moments of a kind have as entries: (3, .).

    And the features of each, that it is a product of.
    """
    rows, columns = np.indices((d, d)).reshape(2, -1)
    if kind == FULL:
        return np.stack([symmetric(d).ravel(), rows, columns])
    n = {DIAG: d, SPHERICAL: 1}.get(kind, 0)
    return np.stack([np.arange(n)] * 3)


def out_of_frame(sums, plan, entries, whitened):
    """Take sums (1 + D + Q, K or more) out of the frame of `plan`, into the units of the data.

    Of rows that are `whitened` they are in no other. Returns nk (K,), the first moments and the
    shift (K, D), and the second moments (K, .), of which `entries` says what they are.
    """
    k, d = plan.shift.shape
    nk, first, shift = np.empty(k), np.empty((k, d)), np.empty((k, d))
    second = np.empty((k, entries.shape[1]))
    _unscale(
        sums, readonly(plan.centre), plan.inv_scale, plan.shift.astype(np.float64, copy=False),
        whitened, entries, nk, first, shift, second,
    )  # fmt: skip
    return nk, first, shift, second


@cached_njit(**ENTRY_OPTIONS)
def _unscale(sums, centre, inv_scale, shifted, whitened, entries, nk, first, shift, second):
    """Do `out_of_frame`: the scales are powers of two, by which nothing is rounded."""
    k_all, d = first.shape
    for k in range(k_all):
        nk[k] = sums[0, k]
        for j in range(d):
            scale = 1.0 / inv_scale[j]
            first[k, j] = sums[1 + j, k] * (1.0 if whitened else scale)
            shift[k, j] = centre[j] + shifted[k, j] * scale
        for i in range(entries.shape[1]):
            a, b = 1.0 / inv_scale[entries[1, i]], 1.0 / inv_scale[entries[2, i]]
            second[k, i] = sums[1 + d + entries[0, i], k] * (1.0 if whitened else a * b)
