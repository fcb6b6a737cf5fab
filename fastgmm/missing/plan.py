"""`MissingPlan` and `MissingBuffers`: what the kernels of `missing.kernels` read and write in."""

import math
from typing import NamedTuple

import numpy as np

from ..covariances import TYPES
from ..passes.log_densities import SIDE
from ..passes.plan import FAR, LOWEST, MOST_NATS, frame, variances_of
from ..simd.panels import PANEL_BYTES, panel_rows, panels
from ..simd.products import pack_triangles, packed_size, round_up
from ..simd.tiles import LEFT, TILE

# What a block of panels has beside its rows: it should stay in the second-level cache. Factors are
# kept from the densities to the moments if they take no more than so much for a block.
BLOCK_BYTES, MOST_FACTOR_BYTES = 384 * 1024, 4 * 2**20
MOST_PANELS = 20

LARGEST_SQUARE = 1e70  # the product of four is a number

FLOAT64 = np.dtype(np.float64)


class MissingPlan(NamedTuple):
    """How a pass over rows with missing values computes with a mixture; all float64.

    Features are in units of ``1 / inv_scale`` (D,), powers of two, about each component's mean.
    ``factors``: the factors U (K or 1, D, D) of matrices in these units, in one dimension, and
    ``triangles`` (K or 1 or 0, .) their transposes, packed one by one. ``scales`` (K or 0, D):
    those of independent features.
    ``log_norms`` (K,): of matrices, the log density at the mean; ``log_weights`` (K,).
    ``missing_terms`` (D,), ``known_terms`` (K or 0, D): what each feature that is missing adds to
    the log density of matrices, and each that is known to that of independent features.
    ``means``, ``shift`` (K, D): in units; moments are about the latter. ``moved`` (K, D): the
    former less it, which is zero unless ``any_moved``. ``whiten`` (K or 1 or 0, D, D): lower
    triangles. ``lowest_x``, ``highest_x`` (D,): where rows are clamped. ``squares_at_once``: of so
    many |v|^2 the product is in range. For others see `Plan`.
    """

    means: np.ndarray
    inv_scale: np.ndarray
    factors: np.ndarray
    triangles: np.ndarray
    scales: np.ndarray
    log_norms: np.ndarray
    log_weights: np.ndarray
    missing_terms: np.ndarray
    known_terms: np.ndarray
    shift: np.ndarray
    moved: np.ndarray
    whiten: np.ndarray
    lowest_x: np.ndarray
    highest_x: np.ndarray
    any_moved: bool
    squares_at_once: int
    far_out: float
    lowest: float
    second: bool


class MissingBuffers(NamedTuple):
    """One thread's, for blocks of panels in turn: p a panel, b a lane, a the a-th that is missing.

    ``x``, ``known`` (p, D, b): rows, and 1 where known, both 0 where missing. ``which`` (p, a, b):
    the missing features, last one first, -1 where there are no more; ``count``, ``empty``, ``row``
    (p, b): how many, whether all are, which row of X it is. ``term`` (p, 1, b): their part of the
    log density. ``most``, ``run`` (p,), ``alike``, ``begin`` (p, a): see `find_runs`.
    ``v`` (and in one dimension ``flat``), ``lower``, ``inverse``, ``log_det``: see `factorise`.
    ``place`` (p, pair, b): where a pair of missing features is in packed second moments. ``guess``
    (p K, a, b): conditional means less the component's. The others are as in `Buffers`.
    """

    x: np.ndarray
    flat_x: np.ndarray
    known: np.ndarray
    which: np.ndarray
    count: np.ndarray
    place: np.ndarray
    empty: np.ndarray
    some_empty: np.ndarray
    row: np.ndarray
    term: np.ndarray
    most: np.ndarray
    run: np.ndarray
    alike: np.ndarray
    begin: np.ndarray
    v: np.ndarray
    flat: np.ndarray
    at: np.ndarray
    lower: np.ndarray
    inverse: np.ndarray
    log_det: np.ndarray
    triangle: np.ndarray
    guess: np.ndarray
    delta: np.ndarray
    z: np.ndarray
    joint: np.ndarray
    side: np.ndarray
    side_sum: np.ndarray
    needed: np.ndarray
    label: np.ndarray
    known_label: np.ndarray
    chosen: np.ndarray
    scaled: np.ndarray
    first: np.ndarray
    keep: bool


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def make_missing_plan(
    mixture, covariance_type, *, second=True, shift=None, shifted=None, whiten=None
):
    """Plan a pass; the arguments are those of `ArraySource.statistics`."""
    weights, means, covariances, factors, log_norms = (np.asarray(a, FLOAT64) for a in mixture)
    k, d = means.shape
    centre, scale = frame(weights, means, variances_of(covariances, k, d), None)
    lowest, none = LOWEST[FLOAT64], np.zeros((0, d))
    matrices, no_matrices = TYPES[covariance_type].matrices, np.zeros((0, d, d))
    triangles, scales, known_terms = np.zeros((0, 0)), none, none
    if matrices:
        factors = scale[:, np.newaxis] * as_matrices(factors, k, d)
        triangles = np.stack([_packed_alone(u.T) for u in factors])
    else:
        single = np.broadcast_to(factors, (k, d))
        scales, known_terms = scale * single, np.log(single) - 0.5 * math.log(2.0 * math.pi)
        factors = none
    shift = means if shift is None else np.where(shifted[:, np.newaxis], shift, means)
    if whiten is None:
        whiten = no_matrices
    else:
        whiten = (scale[:, np.newaxis] * whiten).transpose(0, 2, 1)
    least = np.min(log_norms, where=np.isfinite(log_norms), initial=np.inf)
    arrays = (
        *(means / scale, 1.0 / scale, np.append(factors, np.zeros(d)), triangles, scales),
        *(np.maximum(log_norms, lowest), np.maximum(np.log(weights), lowest)),
        *(0.5 * math.log(2.0 * math.pi) + np.log(scale), known_terms, shift / scale),
        *((means - shift) / scale, whiten),
        *(centre / scale - FAR[FLOAT64], centre / scale + FAR[FLOAT64]),
    )
    return MissingPlan(
        *map(np.ascontiguousarray, arrays),
        bool((means != shift).any()),
        _in_range(factors, variances_of(covariances, k, d) / scale / scale),
        float(least - MOST_NATS[FLOAT64] - d),
        lowest,
        second,
    )


def _in_range(factors, variances):
    """Return how many |v|^2 may be multiplied: each is a precision, given some of the others.

    So it is between 1 over the variance and the square of a row of the factor (., D).
    """
    largest = max(np.abs(factors).max(initial=1.0) ** 2 * variances.shape[1], variances.max())
    return 4 if largest < LARGEST_SQUARE else 1


def as_matrices(numbers, k, d):
    """Return covariances or factors as matrices: of independent features (K, D, D)."""
    if numbers.ndim == 3:
        return numbers
    return np.broadcast_to(numbers, (k, d))[:, :, np.newaxis] * np.eye(d)


def _packed_alone(triangle):
    """Pack a lower triangle (D, D) for `whiten_panel`, with constants of zero."""

    return pack_triangles(triangle[np.newaxis], np.zeros((1, len(triangle))), np.float64)


def shapes_of_missing_sums(plan, covariance_type):
    """Return the shapes of sums, seconds, blank and totals: see `missing.moments`."""
    k, d = plan.means.shape
    if not len(plan.triangles):
        return (1 + d, k), (k, d), (k, d), (2,)
    n = (k if covariance_type == "full" else 1) if plan.second else 0
    return (1 + d, k), (n, packed_size(d)), (k, 1), (2,)


def panels_of_block(plan, n_missing):
    """Return how many panels a block has, of rows that miss so many features on average."""
    (k, d), n_factors = plan.means.shape, len(plan.triangles)
    rows = 4 * d + k * (1 + n_missing) + _factor_rows(n_missing) * n_factors
    return max(1, min(MOST_PANELS, BLOCK_BYTES // (PANEL_BYTES * rows)))


def _factor_rows(n_missing):
    return n_missing * (n_missing + 1) // 2


def make_missing_buffers(plan, n_panels, most_missing):
    """Return `MissingBuffers` for blocks of n_panels whose rows miss so many features at most.

    Rows that miss all do not count.
    """
    (k, d), n_factors, size = plan.means.shape, len(plan.triangles), panel_rows(FLOAT64)
    most = max(1, most_missing)
    slots = n_panels * n_factors
    keep = slots * _factor_rows(most) * PANEL_BYTES <= MOST_FACTOR_BYTES
    slots = max(1, slots if keep else 1)
    of_matrices = max(1, most if n_factors else 1)

    def made(n, height):
        return panels(n, height, FLOAT64)

    def whole(*shape):
        return np.zeros(shape, np.int64)

    x, known, v = made(n_panels, d), made(n_panels, d), made(of_matrices, d)
    return MissingBuffers(
        *(x, x.reshape(-1), known),
        whole(n_panels, most, size),
        whole(n_panels, size),
        whole(n_panels, most * (most + 1) // 2, size),
        whole(n_panels, size),
        whole(n_panels),
        whole(n_panels, size),
        made(n_panels, 1),
        whole(n_panels),
        whole(n_panels),
        whole(n_panels, most),
        whole(n_panels, most),
        v,
        v.reshape(-1),
        np.zeros(size, np.uint64),
        made(slots, max(1, most * (most - 1) // 2)),
        made(slots, most),
        made(1, 1),
        made(1, most * (most + 1) // 2),
        made(n_panels * k if n_factors else 1, most),
        made(1, 1 + round_up(d, TILE)),
        made(1, round_up(d, TILE)),
        made(n_panels, round_up(k, LEFT)),
        made(n_panels, SIDE),
        made(1, 2),
        np.ones((n_panels, k), np.uint8),
        whole(n_panels, size),
        whole(n_panels * size),
        whole(k),
        made(n_panels, 1 + round_up(d, LEFT)),
        np.zeros(round_up(d, LEFT)),
        keep,
    )
